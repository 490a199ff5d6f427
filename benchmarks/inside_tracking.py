"""What is measured of tracking inside an installation: `python -m benchmarks.inside_tracking unchanged|fill|drain N`.

The environment is the installation's. The result is printed as JSON.
"""

import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Identity, ShippingAccount  # noqa: E402
from shipments.bell import ring  # noqa: E402
from shipments.models import Waybill  # noqa: E402
from shipments.models.waybills import BookingState  # noqa: E402
from tracking.sync import sync  # noqa: E402

TRACK = "/api/service/waybillquicktrackingv3customtreeview"


def fill(many: int) -> dict[str, Any]:
    """So many booked parcels that are due."""
    identity = Identity(label="Bench", username="bench", endpoint=settings.BEX_API_URL)
    identity.save()
    account = ShippingAccount.objects.create(number="316085", name="Bench", identity=identity)
    now = timezone.now()
    Waybill.objects.bulk_create(
        (
            Waybill(
                account=account, endpoint=settings.BEX_API_URL, service_code="ONC", booked_at=now,
                collection_date=timezone.localdate(), booking_state=BookingState.BOOKED, number_confirmed=True,
                waybill_number=f"ACP{number:08}", tracking_due_at=now - timedelta(minutes=number % 60),
            )
            for number in range(many)
        ),
        batch_size=1000,
    )  # fmt: skip
    return {"due": many}


def unchanged(many: int) -> dict[str, Any]:
    """CPU seconds for each parcel without news: a sweep, and a bare loop that calls, parses and compares."""
    fill(many)
    sync()
    everyone = [f"ACP{number:08}" for number in range(many)]
    look = bare(everyone)
    look()
    ours, least = [], []
    queries = 0
    for _ in range(5):
        Waybill.objects.update(tracking_due_at=timezone.now())
        started = time.process_time()
        result = sync()
        ours.append((time.process_time() - started) / many)
        assert (result.parcels, result.changed) == (many, 0), result
        started = time.process_time()
        assert look() == 0
        least.append((time.process_time() - started) / many)
    Waybill.objects.update(tracking_due_at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        result = sync()
    queries = len(captured)
    return {
        "ours": statistics.median(ours), "least": statistics.median(least), "calls": result.calls,
        "queries": queries / result.calls,
    }  # fmt: skip


def bare(numbers: Sequence[str]) -> Callable[[], int]:
    """How many have news, without a framework, a library or a database."""
    link = http.client.HTTPConnection(urlsplit(settings.BEX_API_URL).netloc, timeout=10)
    known: dict[str, list[tuple[str, str]]] = {}

    def look() -> int:
        news = 0
        for start in range(0, len(numbers), 10):
            ten = numbers[start : start + 10]
            body = json.dumps({"searchItems": ",".join(ten)})
            link.request("POST", TRACK, body, {"Content-Type": "application/json"})
            rows = json.loads(link.getresponse().read())["items"]
            names = {name: column for column, name in rows[0].items() if column.startswith("col")}
            date, number, text = names["Date"], names["Waybill"], names["Tracking Description"]
            found: dict[str, list[tuple[str, str]]] = {}
            called: dict[str, str] = {}
            for row in rows[1:]:
                if row[number]:
                    called[row[number]] = row["id"]
                found.setdefault(row["id"], []).append((row[date], row[text]))
            for one in ten:
                said = found[called[one]]
                news += known.get(one) != said
                known[one] = said
        return news

    return look


def drain(many: int) -> dict[str, Any]:
    """Seconds from the ring until nothing is due."""
    now = timezone.now()
    due = Waybill.objects.filter(tracking_due_at__lte=now)
    assert due.count() == many
    started = time.perf_counter()
    ring("tracking.tasks.sync_tracking")
    while due.exists():
        time.sleep(0.1)
    took = time.perf_counter() - started
    link = http.client.HTTPConnection(urlsplit(settings.BEX_API_URL).netloc, timeout=10)
    link.request("GET", "/calls")
    return {"seconds": took, **json.loads(link.getresponse().read())}


if __name__ == "__main__":
    what, how_many = sys.argv[1:]
    print(json.dumps({"fill": fill, "unchanged": unchanged, "drain": drain}[what](int(how_many))))
