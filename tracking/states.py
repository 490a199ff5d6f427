"""Where a parcel is: a pure function of the set of its events, in whatever order and how often they came."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from tracking.wordings import Kind

NO_EVENT = ""
ANNOUNCED = "announced"
WITH_BEX = "with_bex"
IN_TRANSIT = "in_transit"
AT_DEPOT = "at_depot"
OUT_FOR_DELIVERY = "out_for_delivery"
ATTEMPT_FAILED = "attempt_failed"
AWAITING_SIGNEE = "awaiting_signee"
DELIVERED = "delivered"
RETURNED = "returned"
EXCEPTION = "exception"
LOST_SIGHT = "lost_sight"

STATES: dict[Kind, str] = {
    Kind.UNCLASSIFIED: EXCEPTION,
    Kind.EXCEPTION: EXCEPTION,
    Kind.INTEGRATED: ANNOUNCED,
    Kind.HANDED_OVER: WITH_BEX,
    Kind.DEPARTED: IN_TRANSIT,
    Kind.ARRIVED: AT_DEPOT,
    Kind.LOADED: OUT_FOR_DELIVERY,
    Kind.ATTEMPT_FAILED: ATTEMPT_FAILED,
    Kind.DRIVER_CONFIRMED: AWAITING_SIGNEE,
    Kind.RETURNED: RETURNED,
    Kind.DELIVERED: DELIVERED,
}
"""In the order in which they follow each other on a journey: it decides between two rows of the same minute."""

_RANK = {kind: rank for rank, kind in enumerate((Kind.NOTED, *STATES))}
_ARRIVED = frozenset({DELIVERED, AWAITING_SIGNEE})


class Fact(Protocol):
    """`recorded_at`: when BEX wrote it down, aware. `position`: its place in BEX's table, counted from the oldest."""

    @property
    def kind(self) -> str: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def position(self) -> int: ...
    @property
    def signee(self) -> str: ...


def order(fact: Fact) -> tuple[datetime, int, int]:
    """The later it was written, the greater. Moments are whole minutes, so the table's own order comes second."""
    return fact.recorded_at, fact.position, _RANK[Kind(fact.kind)]


def transit_state(events: Iterable[Fact]) -> str:
    """One of the codes above, all but `lost_sight`: that is what silence makes of it, see `tracking.schedule`.

    "Delivered" is undone by a later return to the sender alone, a driver's confirmation by any later movement, and
    neither by what came late but was written earlier. Without a signee it is `awaiting_signee`. Once the parcel was
    handled its announcement tells nothing more. Words that nobody knows are `exception` until a known event follows.
    """
    facts = [fact for fact in events if fact.kind != Kind.NOTED]
    final = [fact for fact in facts if fact.kind in (Kind.DELIVERED, Kind.RETURNED)]
    if final:
        if max(final, key=order).kind == Kind.RETURNED:
            return RETURNED
        return DELIVERED if any(fact.signee for fact in final) else AWAITING_SIGNEE
    handled = [fact for fact in facts if fact.kind != Kind.INTEGRATED] or facts
    if not handled:
        return NO_EVENT
    known = [fact for fact in handled if fact.kind != Kind.UNCLASSIFIED]
    if known and STATES[Kind(max(known, key=order).kind)] in _ARRIVED:
        return AWAITING_SIGNEE
    return STATES[Kind(max(handled, key=order).kind)]


ALL = (NO_EVENT, *dict.fromkeys(STATES.values()), LOST_SIGHT)
"""Every code, '' included."""
