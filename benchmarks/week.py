"""A week of parcels, simulated: how often the portal looks at each, and how old its knowledge is, against asking about
every one that is under way each half hour. No call is made: the schedule decides, the journey is thrown by dice.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bexapi import SAST
from shipments.models import Waybill
from shipments.models.waybills import BookingState
from tracking import schedule, states

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=SAST)
RING, HALF_HOUR = timedelta(seconds=30), timedelta(minutes=30)
Step = tuple[datetime, str]


@dataclass
class Looks:
    """`moments`: of every look at every parcel. `age`: seconds that what was known of parcels on a vehicle was old."""

    moments: list[datetime]
    age: float = 0.0
    aged: int = 0


def journeys(many: int) -> list[list[Step]]:
    """Booked by day from Monday to Friday, collected that evening, one to four nights on the road by the service,
    delivered by day but not on a Sunday; one in ten is tried twice. The name of who signed is written half a day to
    three and a half days later: BEX's documented sample has three. No notification helps.
    """
    chance = random.Random(2026)
    return [_journey(chance, MONDAY + timedelta(days=chance.randrange(5))) for _ in range(many)]


def _journey(chance: random.Random, day: datetime) -> list[Step]:
    def at(days: int, hour: float, spread: float) -> datetime:
        return day + timedelta(days=days, hours=hour + chance.random() * spread)

    def working(days: int) -> int:
        return days + (day + timedelta(days=days)).date().weekday() // 6

    arrives = working(chance.choice((1, 1, 2, 2, 3, 4)))
    steps = [
        (at(0, 8, 7), states.NO_EVENT), (at(0, 15, 1), states.ANNOUNCED), (at(0, 16, 2), states.WITH_BEX),
        (at(0, 19, 3), states.IN_TRANSIT), (at(arrives, 3, 3), states.AT_DEPOT),
    ]  # fmt: skip
    goes_out = arrives
    if chance.random() < 0.1:
        steps += [(at(arrives, 7, 2), states.OUT_FOR_DELIVERY), (at(arrives, 10, 5), states.ATTEMPT_FAILED)]
        goes_out = working(arrives + 1)
    out = at(goes_out, 7, 2)
    there = out + timedelta(hours=1 + chance.random() * 6)
    steps += [(out, states.OUT_FOR_DELIVERY), (there, states.AWAITING_SIGNEE)]
    return [*steps, (there + timedelta(hours=12 + chance.random() * 72), states.DELIVERED)]


def by_the_table(found: Sequence[list[Step]]) -> Looks:
    looks = Looks([])
    for steps in found:
        parcel = Waybill(booking_state=BookingState.BOOKED, booked_at=steps[0][0], collection_date=steps[0][0].date())
        parcel.promised_by = next(at for at, state in steps if state == states.OUT_FOR_DELIVERY).replace(hour=17)
        now: datetime | None = steps[0][0]
        moments = []
        while now is not None and now < MONDAY + timedelta(days=7):
            now = MONDAY + -(-(now - MONDAY) // RING) * RING  # it is looked at when beat rings
            since, parcel.transit_state = max(step for step in steps if step[0] <= now)
            parcel.last_event_at = since if parcel.transit_state else None
            moments.append(now)
            now = schedule.due_at(parcel, now, schedule.DEFAULTS)
        _count(looks, steps, moments)
    return looks


def each_half_hour(found: Sequence[list[Step]]) -> Looks:
    looks = Looks([])
    for steps in found:
        first = MONDAY + -(-(steps[0][0] - MONDAY) // HALF_HOUR) * HALF_HOUR
        end = min(steps[-1][0] + HALF_HOUR, MONDAY + timedelta(days=7))
        moments = [first + number * HALF_HOUR for number in range(max((end - first) // HALF_HOUR, 1))]
        _count(looks, steps, moments)
    return looks


def calls(looks: Looks) -> int:
    """Those of one ring go ten to a call."""
    rings: dict[datetime, int] = {}
    for moment in looks.moments:
        rings[moment] = rings.get(moment, 0) + 1
    return sum(-(-count // 10) for count in rings.values())


def _count(looks: Looks, steps: Sequence[Step], moments: Sequence[datetime]) -> None:
    """The age is taken each minute of the time on the vehicle, from the last look before."""
    looks.moments += moments
    for (out, state), (back, _) in pairwise(steps):
        if state != states.OUT_FOR_DELIVERY:
            continue
        minute, place = out, 0
        while minute < min(back, moments[-1]):
            while place + 1 < len(moments) and moments[place + 1] <= minute:
                place += 1
            if moments[place] <= minute:
                looks.age += (minute - moments[place]).total_seconds()
                looks.aged += 1
            minute += timedelta(minutes=1)
