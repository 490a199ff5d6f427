"""An installation whose pages stand open: `python -m benchmarks.inside_live fill N` and `news A_MINUTE`.

`fill` makes ten thousand waybills with all that belongs to them, N people with sessions, and `pages.json` in the var
directory: which page each has open. `news` tells of parcels under way until it is ended.
"""

import json
import os
import random
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Address, Grant, Identity, Role, ShippingAccount, User  # noqa: E402
from shipments.models import Decision, Parcel, Price, Printing, Waybill  # noqa: E402
from shipments.models.waybills import BookingState  # noqa: E402
from tracking.models import Event  # noqa: E402
from tracking.observing import Said, take_in  # noqa: E402

WAYBILLS, EVENTS = 10_000, 6
ACCOUNTS = 5
FILTERS = ("", "?state=at_depot", "", "?q=acp0000", "", "?state=late")
TEXTS = ("Arrived into BFN depot", "Loaded onto vehicle for delivery", "Departed JNB depot for BFN branch")


def fill(pages: int) -> None:
    accounts = _accounts()
    waybills = _waybills(accounts)
    people = [User(username=f"person{number}") for number in range(pages)]
    User.objects.bulk_create(people)
    Grant.objects.bulk_create(
        Grant(user=person, account=account, role=Role.BOOKER) for person in people for account in accounts[:3]
    )
    seen = [one for one in waybills if one.account in accounts[:3]]
    shown = []
    for number, person in enumerate(people):
        kind = number % 10
        if kind < 5:
            path = reverse("waybill", args=[seen[number % 500].pk])
        else:
            path = reverse("waybills") + FILTERS[number % len(FILTERS)] if kind < 9 else reverse("home")
        shown.append([path, _session(person)])
    (Path(settings.VAR_DIR) / "pages.json").write_text(json.dumps(shown))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _accounts() -> list[ShippingAccount]:
    identity = Identity(label="Bench", username="bench", endpoint=settings.BEX_API_URL)
    identity.save()
    made = [ShippingAccount(number=f"31608{number}", name="Bench", identity=identity) for number in range(ACCOUNTS)]
    ShippingAccount.objects.bulk_create(made)
    return made


def _waybills(accounts: list[ShippingAccount]) -> list[Waybill]:
    """The newest first."""
    now, person = timezone.now(), User.objects.create(username="who-booked")
    there = Address.objects.create(company="Karoo Books", street="1 Long Street", suburb="Sandton", post_code="2196")
    waybills = []
    for number in range(WAYBILLS):
        made_at = now - timedelta(minutes=number)
        waybills.append(
            Waybill(
                account=accounts[number % ACCOUNTS], endpoint=settings.BEX_API_URL, service_code="ONC", receiver=there,
                sender=there, created_at=made_at, booked_at=made_at, created_by=person, number_confirmed=True,
                collection_date=timezone.localdate(made_at), booking_state=BookingState.BOOKED, updated_at=made_at,
                waybill_number=f"ACP{number:08}", search=f"acp{number:08} karoo books", transit_state="at_depot",
                promised_by=now + timedelta(hours=8), tracking_checked_at=now, last_event_at=made_at,
                tracking_due_at=now + timedelta(hours=8), last_event_text=TEXTS[0],
            )
        )  # fmt: skip
    Waybill.objects.bulk_create(waybills, batch_size=500)
    Waybill.objects.update(updated_at=now - timedelta(hours=1))
    belongs: tuple[list[Any], ...] = (
        [Parcel(waybill=one, position=1, length_cm=40, breadth_cm=30, height_cm=30, weight_kg=4) for one in waybills],
        [Price(waybill=one, kind=Price.Kind.BOOKED, source="bench", at=now, total=Decimal(230)) for one in waybills],
        [Decision(waybill=one, kind="asked", by=person, version=1) for one in waybills],
        [Printing(waybill=one, kind="labels", by=person) for one in waybills],
        [
            Event(
                waybill=one, fingerprint=str(place), kind="arrived", description=TEXTS[place % 3],
                occurred_at=one.created_at + timedelta(minutes=place), recorded_at=one.created_at,
            )
            for one in waybills
            for place in range(EVENTS)
        ],
    )  # fmt: skip
    for rows in belongs:
        type(rows[0]).objects.bulk_create(rows, batch_size=1000)
    return waybills


def _session(person: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def news(a_minute: int) -> None:
    """Of what is under way: the waybills of three days."""
    newest = list(Waybill.objects.order_by("-created_at").values_list("pk", flat=True)[:4000])
    for number in range(10_000):
        said = Said("tracking_event", timezone.now(), description=f"{random.choice(TEXTS)} {number}")
        take_in(random.choice(newest), [said], now=timezone.now())
        time.sleep(60 / a_minute)


if __name__ == "__main__":
    {"fill": fill, "news": news}[sys.argv[1]](int(sys.argv[2]))
