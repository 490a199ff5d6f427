"""What is measured inside an installation, in a process of its own.

`python -m benchmarks.inside door|stock|fill|drain N TOKEN`: it prints JSON. The environment is the installation's.
"""

import itertools
import json
import os
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
django.setup()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import api_keys  # noqa: E402
from accounts.models import Identity, ShippingAccount, User  # noqa: E402
from accounts.models.api_key import Scope  # noqa: E402
from benchmarks.courier import ACCOUNT  # noqa: E402
from shipments import booking, drafting  # noqa: E402
from shipments.bell import ring  # noqa: E402
from shipments.models import Quote, QuoteLine, QuoteOption, Submission, Waybill  # noqa: E402
from shipments.models.waybills import BookingState  # noqa: E402

SENDER = {
    "company": "Rooibok Trading", "floor_building": "Unit 4", "street": "12 Protea Road", "suburb": "Sandton",
    "city": "Johannesburg", "post_code": "2196", "contact_name": "Thandi Mokoena", "mobile": "0821234567",
}  # fmt: skip
RECEIVER = {
    "company": "Wynand & Sons", "floor_building": "Shop 2", "street": "7 Dorp Street", "suburb": "Cape Town",
    "city": "Cape Town", "post_code": "8001", "contact_name": "Anneke Botha", "mobile": "0837654321",
    "email": "anneke@wynand.example",
}  # fmt: skip
_copies = itertools.count()


def prepare(token: str) -> tuple[User, QuoteOption]:
    """Who books, and a fresh price."""
    user = User.objects.create_superuser("bench", "bench@rooibok.example")
    identity = Identity(label="Bench", username="bench", endpoint=settings.BEX_API_URL)
    identity.keep_tokens(token=token, alternate_token=token)
    identity.save()
    account = ShippingAccount.objects.create(number=ACCOUNT, name="Bench", identity=identity)
    quote = Quote.objects.create(
        account=account, created_by=user, quoted_at=timezone.now(), state=Quote.State.ANSWERED,
        dispatch_date=timezone.localdate() + timedelta(days=1), origin_suburb="Sandton", origin_post_code="2196",
        destination_suburb="Cape Town", destination_post_code="8001", total_weight_kg=Decimal("4.50"),
        volume_cm3=36_000,
    )  # fmt: skip
    QuoteLine.objects.create(
        quote=quote, position=1, pieces=1, length_cm=40, breadth_cm=30, height_cm=30, weight_kg=Decimal("4.50")
    )
    option = QuoteOption.objects.create(
        quote=quote, position=1, service_code="ONC", service_name="Overnight courier", total=Decimal(100_000)
    )
    return user, option


def ask(user: User, option: QuoteOption) -> Waybill:
    """What an API call stores before anything is sent."""
    draft = drafting.draft_from_option(option, user, copy_number=next(_copies))
    content = drafting.Content(option.quote.dispatch_date, SENDER, RECEIVER, senders_ref=f"PO-{draft.short_id}")
    filled = drafting.save_content(draft.pk, draft.version, content)
    return booking.ask(filled.pk, user, filled.version)


def door(many: int, token: str) -> dict[str, Any]:
    """What a caller of the API needs: its key, and the body of a waybill of a fresh quote."""
    user, option = prepare(token)
    _, key = api_keys.create(user, name="Bench", scopes=list(Scope), by=user)
    line = option.quote.lines.get()
    parcel = {name: str(getattr(line, name)) for name in ("length_cm", "breadth_cm", "height_cm", "weight_kg")}
    body = {
        "account": ACCOUNT, "quote_option": str(option.pk), "collection_date": option.quote.dispatch_date.isoformat(),
        "sender": SENDER, "receiver": RECEIVER, "parcels": [parcel], "allow_duplicate": True,
    }  # fmt: skip
    return {"key": key, "body": body}


def stock(_: int, __: str) -> dict[str, Any]:
    """What the database and the journal hold now, and the last submission as it was sent."""
    last = Submission.objects.order_by("-asked_at").first()
    return {
        "rows": rows(), "bytes": size(), "journal": journal_bytes(), "payload": last.payload if last else None,
        "booked": Waybill.objects.filter(booking_state=BookingState.BOOKED).count(),
    }  # fmt: skip


def rows() -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')  # noqa: S608 - our own tables' names
            found[model._meta.db_table] = int(cursor.fetchone()[0])
    return found


def size() -> int:
    """Bytes of the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(cursor.fetchone()[0])


def journal_bytes() -> int:
    return sum(path.stat().st_size for path in Path(settings.JOURNAL_DIR).glob("*.journal"))


def fill(many: int, token: str) -> dict[str, Any]:
    """Bookings that wait. Their rings are lost on purpose: `drain` rings when it begins to measure."""
    user, option = prepare(token)
    for _ in range(many):
        ask(user, option)
    return {"waiting": Waybill.objects.filter(booking_state=BookingState.QUEUED).count()}


def drain(many: int, token: str) -> dict[str, Any]:
    """Seconds from the first ring until the last one is booked."""
    waiting = Waybill.objects.filter(booking_state__in=[BookingState.QUEUED, BookingState.SUBMITTING])
    started = time.perf_counter()
    for pk in waiting.values_list("pk", flat=True):
        ring("shipments.tasks.send_waybill", str(pk))
    rung = time.perf_counter() - started
    while waiting.exists():
        time.sleep(0.1)
    took = time.perf_counter() - started
    states = Waybill.objects.filter(booking_state=BookingState.BOOKED).count()
    assert states == many, f"{states} of {many} are booked"
    return {"seconds": took, "ringing": rung, "attempts": Submission.objects.count()}


if __name__ == "__main__":
    what, number, its_token = sys.argv[1:]
    print(json.dumps({"door": door, "stock": stock, "fill": fill, "drain": drain}[what](int(number), its_token)))
