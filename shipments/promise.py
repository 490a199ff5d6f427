"""The booking promise: what an attempt's outcome means, and the state that follows for the waybill.

A shipment that staff booked exists exactly once at BEX and exactly once here, whatever fails in between; where nobody
can know, it says so. Every try is a `Submission` (an attempt) with its own random reference:

    claimed    a lease runs; something may be being sent. Then an answer, or the lease ends: lost.
    not_sent   surely nothing left. A new attempt, a bounded number of times, then held.
    refused    BEX said no. A person corrects and books again.
    lost       something may have been sent, and no answer came. Never resent by itself; looked up; a person may settle.
    booked     BEX's number is known: by the answer, even a late one; by a look-up; by a person.

The functions here are pure. `shipments.booking` applies them to rows, in the transaction that changes either side.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState

REFERENCE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: it may be read out on the telephone
REFERENCE_LENGTH = 20  # 100 bits
MOST_TRIES = 5
"""Attempts in a row of which surely nothing left, before a person is asked."""

_FIRST_LOOK_UPS = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10, 30))
_HOURLY_UNTIL = timedelta(days=1)
LOOKED_UP_FOR = timedelta(days=14)
FIRST_LOOK_UPS_DONE = 2
"""After that many look-ups a person may decide without having telephoned."""


@dataclass(frozen=True)
class Attempt:
    """What the state depends on. `settled`: a person decided about it."""

    number: int
    outcome: str
    settled: bool = False


@dataclass(frozen=True)
class Wishes:
    """What people asked for. `asked`: booking is asked for and no attempt has taken that up."""

    asked: bool = False
    hold_reason: str = ""
    abandoned: bool = False
    cancelled: bool = False


def booking_state(attempts: Sequence[Attempt], wishes: Wishes) -> BookingState:
    """The first that holds."""
    outcomes = {attempt.outcome for attempt in attempts}
    last = max(attempts, key=lambda attempt: attempt.number, default=None)
    if Outcome.BOOKED in outcomes:
        return BookingState.CANCELLED if wishes.cancelled else BookingState.BOOKED
    if Outcome.CLAIMED in outcomes:
        return BookingState.SUBMITTING
    if any(attempt.outcome == Outcome.LOST and not attempt.settled for attempt in attempts):
        return BookingState.UNKNOWN
    if wishes.asked:
        return BookingState.HELD if wishes.hold_reason else BookingState.QUEUED
    if wishes.abandoned:
        return BookingState.ABANDONED
    if last is not None and last.outcome == Outcome.REFUSED:
        return BookingState.REJECTED
    return BookingState.DRAFT


def new_reference() -> str:
    """Letters and digits only, 100 bits of chance."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


def next_look_up(outcome: str, since: datetime, done: int) -> datetime | None:
    """When an attempt's reference is looked up again, after `done` look-ups; None when it no longer is.

    A lost one after 1, 3, 10 and 30 minutes, hourly to a day, daily to 14 days; a refused one, because a refusal can
    follow a commit, four times.
    """
    if outcome not in {Outcome.LOST, Outcome.REFUSED}:
        return None
    if outcome == Outcome.REFUSED and done >= len(_FIRST_LOOK_UPS):
        return None
    after = look_up_after(done)
    return since + after if after <= LOOKED_UP_FOR else None


def look_up_after(done: int) -> timedelta:
    """How long after an attempt its look-up comes that follows `done` others."""
    if done < len(_FIRST_LOOK_UPS):
        return _FIRST_LOOK_UPS[done]
    hours = done - len(_FIRST_LOOK_UPS) + 1
    if timedelta(hours=hours) <= _HOURLY_UNTIL:
        return timedelta(hours=hours)
    return timedelta(days=hours - _HOURLY_UNTIL // timedelta(hours=1) + 1)


def pause_before_look_up(done: int) -> timedelta:
    """Between that look-up and the one before it, however late that one came."""
    return look_up_after(done) - look_up_after(done - 1)


def may_become(before: str, after: str) -> bool:
    """Whether evidence may turn one outcome into another. A booking is never taken back; what surely was not sent
    stays so; a late answer of the attempt itself counts even after its lease ended.
    """
    allowed = {
        Outcome.CLAIMED: {Outcome.NOT_SENT, Outcome.REFUSED, Outcome.LOST, Outcome.BOOKED},
        Outcome.LOST: {Outcome.NOT_SENT, Outcome.REFUSED, Outcome.BOOKED},
        Outcome.REFUSED: {Outcome.BOOKED},
    }
    return after in allowed.get(Outcome(before), set())
