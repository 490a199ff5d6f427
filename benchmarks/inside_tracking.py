"""What is measured of tracking inside an installation: `python -m benchmarks.inside_tracking WHAT N`.

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
from benchmarks import stand_in  # noqa: E402
from benchmarks.week import MONDAY, by_the_table, calls, each_half_hour, journeys  # noqa: E402
from bexapi import BexClient, TrackedShipment, TrackingEvent  # noqa: E402
from shipments.models import Waybill  # noqa: E402
from shipments.models.waybills import BookingState  # noqa: E402
from tracking import states  # noqa: E402
from tracking.derivation import events_from  # noqa: E402
from tracking.models import Observation  # noqa: E402
from tracking.observing import digest_of  # noqa: E402
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
    loops = {"least": with_the_client(everyone), "barest": bare(everyone)}
    taken: dict[str, list[float]] = {"ours": [], **{name: [] for name in loops}}
    for look in loops.values():
        look()
    for _ in range(5):
        Waybill.objects.update(tracking_due_at=timezone.now())
        started = time.process_time()
        result = sync()
        taken["ours"].append((time.process_time() - started) / many)
        assert (result.parcels, result.changed) == (many, 0), result
        for name, look in loops.items():
            started = time.process_time()
            assert look() == 0
            taken[name].append((time.process_time() - started) / many)
    Waybill.objects.update(tracking_due_at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        result = sync()
    medians = {name: statistics.median(times) for name, times in taken.items()}
    return {**medians, "calls": result.calls, "queries": len(captured) / result.calls}


def with_the_client(numbers: Sequence[str]) -> Callable[[], int]:
    """How many have news: calls and parses with bexapi, compares row by row, and knows nothing of Django."""
    client = BexClient(settings.BEX_API_URL)
    known: dict[str, list[tuple[str, str]]] = {}

    def look() -> int:
        news = 0
        for start in range(0, len(numbers), 10):
            ten = numbers[start : start + 10]
            reply = client.track(ten)
            for one in ten:
                said = [(event.at_text, event.description) for got in reply.by_number(one) for event in got.events]
                news += known.get(one) != said
                known[one] = said
        return news

    return look


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


def many(count: int) -> dict[str, Any]:
    """Seconds of a sweep over so many that are due and without news."""
    fill(count)
    _known_already(count)
    started = time.perf_counter()
    result = sync()
    took = time.perf_counter() - started
    assert (result.parcels, result.changed) == (count, 0), result
    link = http.client.HTTPConnection(urlsplit(settings.BEX_API_URL).netloc, timeout=10)
    link.request("GET", "/calls")
    return {"seconds": took, "calls": result.calls, "most": json.loads(link.getresponse().read())["most"]}


def week(count: int) -> dict[str, Any]:
    found = journeys(count)
    ours, plain = by_the_table(found), each_half_hour(found)
    return {
        "calls": calls(ours), "every_half_hour": calls(plain), "age": ours.age / ours.aged,
        "age_every_half_hour": plain.age / plain.aged, "looks": len(ours.moments), "plain_looks": len(plain.moments),
    }  # fmt: skip


def anew(most: int) -> dict[str, float]:
    """Seconds to work events and state out, by how many events there are: each told by a poll and a notification."""
    texts = ["Departed JNB depot for BFN branch", "Arrived into BFN depot", "Loaded onto vehicle for delivery"]
    took = {}
    for count in (1, 10, 100, 1000, most):
        said = []
        for number in range(count):
            at = MONDAY + timedelta(minutes=7 * number)
            text = texts[number % 3]
            told = {"at": at, "description": text, "first_seen_at": at, "position": number, "fingerprint": str(number)}
            said += [
                Observation(source="poll", **told),
                Observation(source="webhook", notification="tracking_event", **told),
            ]
        times = []
        for _ in range(5 if count < most else 2):
            started = time.perf_counter()
            events = events_from(said)
            states.transit_state(events)
            times.append(time.perf_counter() - started)
            assert len(events) == count
        took[str(count)] = statistics.median(times)
    return took


def _known_already(count: int) -> None:
    """As if the stand-in had said it all before: what a sweep stores of news is not what is measured here."""
    waybills = list(Waybill.objects.all())
    for waybill in waybills:
        rows = tuple(TrackingEvent(None, at, text, "", waybill.waybill_number, "") for at, text in stand_in.EVENTS)
        said = TrackedShipment(waybill.waybill_number, waybill.waybill_number, "", rows)
        waybill.tracking_digest = digest_of([said])
        waybill.transit_state, waybill.last_event_at = states.AT_DEPOT, timezone.now()
    Waybill.objects.bulk_update(waybills, ["tracking_digest", "transit_state", "last_event_at"], batch_size=500)
    assert len(waybills) == count


if __name__ == "__main__":
    what, how_many = sys.argv[1:]
    print(json.dumps({"unchanged": unchanged, "many": many, "week": week, "anew": anew}[what](int(how_many))))
