"""What people may ask of a waybill's booking, and decide about it.

Each verb takes the version that the person's page showed and raises Stale when the waybill has moved on since: stale
buttons, second tabs and repeated calls change nothing. Each is refused with NotNow where the state forbids it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import leases
from accounts.access import sees_prices, visible
from accounts.models import User
from shipments import confirming
from shipments.answers import Answer, store
from shipments.bell import ring_on_commit
from shipments.changing import NotNow, Stale, decided, taking
from shipments.models import Decision, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState, HoldReason, NumberSource
from shipments.promise import FIRST_LOOK_UPS_DONE, next_look_up

__all__ = [
    "CouldNotAsk",
    "Duplicate",
    "NotNow",
    "NumberNotConfirmed",
    "NumberTaken",
    "Openness",
    "Stale",
    "abandon",
    "ask",
    "book_again",
    "consent",
    "decisions_open",
    "duplicates_of",
    "enter_number",
    "record_cancellation",
    "release",
    "take_back",
]

State = BookingState
NumberNotConfirmed = confirming.NumberNotConfirmed
CouldNotAsk = confirming.CouldNotAsk


class NumberTaken(Exception):
    """Another waybill holds this number."""


def ask(pk: uuid.UUID, by: User, version: int, *, at_most: Decimal | None = None) -> Waybill:
    """Booking is asked for, at the price that the waybill shows (which may rise by the account's tolerance), or for
    `at_most` that total: a worker sends it once this is committed.
    """
    with taking(pk, version) as waybill:
        _allow(waybill, {State.DRAFT, State.REJECTED, State.HELD}, "Booking can be asked for before it is sent only.")
        _needs_its_ends(waybill)
        waybill.consented_total = _agreed_total(waybill, by)
        waybill.consented_promise = waybill.promised_by
        waybill.max_total = at_most if at_most is not None or sees_prices(by, waybill.account) else waybill.max_total
        decided(waybill, Decision.Kind.ASKED, by, total=waybill.consented_total)
        _ask(waybill, by)
    return waybill


def take_back(pk: uuid.UUID, by: User, version: int) -> Waybill:
    """It is not to be sent after all; possible until a worker has claimed it. Where an earlier attempt was settled by
    having it booked again, its outcome is as unknown as before.
    """
    with taking(pk, version) as waybill:
        _allow(waybill, {State.QUEUED, State.HELD}, "It can be taken back only before it is sent.")
        decided(waybill, Decision.Kind.TAKEN_BACK, by)
        Submission.objects.filter(waybill=waybill, outcome=Outcome.LOST).update(settled_at=None)
        waybill.asked_at = None
        waybill.hold_reason = ""
    return waybill


def release(pk: uuid.UUID, by: User, version: int) -> Waybill:
    """Lets a held waybill go on, at the promise that its page shows; whatever held it is checked again before it is
    sent.
    """
    with taking(pk, version) as waybill:
        _allow(waybill, {State.HELD}, "Only a held waybill can be released.")
        _needs_its_ends(waybill)
        decided(waybill, Decision.Kind.RELEASED, by)
        waybill.consented_promise = waybill.promised_by
        _ask(waybill, by)
    return waybill


def consent(pk: uuid.UUID, by: User, version: int, total: Decimal) -> Waybill:
    """Agrees to the price and the promise that the page shows, and lets it go on. Raises Stale for another price."""
    with taking(pk, version) as waybill:
        _allow(waybill, {State.HELD}, "There is no new price to agree to.")
        if waybill.priced_by is None or waybill.priced_by.total != total:
            raise Stale
        decided(waybill, Decision.Kind.CONSENTED, by, total=total, total_before=waybill.consented_total)
        waybill.consented_total, waybill.consented_promise = total, waybill.promised_by
        if waybill.max_total is not None:
            waybill.max_total = max(waybill.max_total, total)
        _ask(waybill, by)
    return waybill


def book_again(pk: uuid.UUID, by: User, version: int, spoke_to: str = "", note: str = "") -> Waybill:
    """A new attempt although an earlier one may have booked. The person accepts that it may be booked twice."""
    with taking(pk, version) as waybill:
        _needs_its_ends(waybill)
        _allow_settling(waybill, spoke_to, note)
        decided(waybill, Decision.Kind.BOOK_AGAIN, by, spoke_to=spoke_to, note=note)
        _settle(waybill)
        _ask(waybill, by)
    return waybill


def abandon(pk: uuid.UUID, by: User, version: int, spoke_to: str = "", note: str = "") -> Waybill:
    """It is given up. What may have been sent is still looked up."""
    with taking(pk, version) as waybill:
        if waybill.booking_state == State.UNKNOWN or _shows_evidence(waybill):
            _allow_settling(waybill, spoke_to, note)
            _settle(waybill)
        else:
            _allow(waybill, {State.DRAFT, State.REJECTED, State.HELD}, "What is booked or being sent is not abandoned.")
        decided(waybill, Decision.Kind.ABANDONED, by, spoke_to=spoke_to, note=note)
        waybill.asked_at = None
        waybill.hold_reason = ""
        waybill.abandoned_at = timezone.now()
    return waybill


def enter_number(
    pk: uuid.UUID,
    by: User,
    version: int,
    number: str,
    on_their_word: bool = False,
    spoke_to: str = "",
    note: str = "",
) -> Waybill:
    """BEX's number of an unknown waybill, as a person learnt it.

    It is checked at BEX, by tracking or by its label; `on_their_word` takes it unchecked, marked so, and until it is
    confirmed another may be entered instead. Raises NumberNotConfirmed, NumberTaken, Stale, NotNow; then nothing was
    changed.
    """
    number = number.strip().upper()
    waybill = Waybill.objects.select_related("account__identity").get(pk=pk)
    _fresh(waybill, version)
    attempt = _attempt_to_number(waybill, spoke_to, note or number)
    if confirming.is_known(waybill, number):
        raise NumberTaken
    confirmed_by = ""
    if not on_their_word:
        confirmed_by, number = confirming.confirm(waybill, number)
    # A label proves that the number is ours, not that it is this shipment's: that is for tracking to say.
    answer = Answer(
        Outcome.BOOKED, waybill_number=number, source=NumberSource.PERSON, confirmed=confirmed_by == "tracking",
        reason="BEX's number was entered by a person",
    )  # fmt: skip
    with transaction.atomic():  # the decision stands or falls with what it decided
        with taking(pk, version) as waybill:
            attempt = _attempt_to_number(waybill, spoke_to, note or number)
            decided(
                waybill, Decision.Kind.NUMBER, by, attempt=attempt, spoke_to=spoke_to, note=note,
                waybill_number=number, confirmed_by=confirmed_by,
            )  # fmt: skip
        if not store(attempt.pk, answer):
            raise NotNow("The attempt was answered meanwhile; see below how it stands.")
    return Waybill.objects.get(pk=pk)


def _attempt_to_number(waybill: Waybill, spoke_to: str, note: str) -> Submission:
    """The one that a person's number is about: the lost one, or the one that has an unconfirmed number. Or NotNow.

    Raises Stale where it was answered since the waybill was read.
    """
    if waybill.booking_state == State.BOOKED and not waybill.number_confirmed:
        told = Submission.objects.filter(waybill=waybill, number_source=NumberSource.PERSON)
        attempt: Submission | None = told.filter(waybill_number=waybill.waybill_number).first()
    else:
        _allow_settling(waybill, spoke_to, note)
        attempt = _open_attempts(waybill).order_by("number").last()
    if attempt is None:
        raise Stale
    return attempt


def record_cancellation(pk: uuid.UUID, by: User, version: int, spoke_to: str, note: str) -> Waybill:
    """BEX has no cancel: a person telephoned. Whom, and what was said, is kept."""
    with taking(pk, version) as waybill:
        _allow(waybill, {State.BOOKED}, "Only a booked waybill can be cancelled.")
        if not spoke_to.strip():
            raise NotNow("Say whom at BEX you spoke to: a cancellation is a telephone call.", field="spoke_to")
        decided(waybill, Decision.Kind.CANCELLED, by, spoke_to=spoke_to, note=note)
        waybill.cancelled_at = timezone.now()
    return waybill


@dataclass(frozen=True)
class Openness:
    """Whether the decisions on an unknown waybill are open; if not, from when, and why not yet."""

    open: bool
    opens_at: datetime | None = None
    why: str = ""


def decisions_open(waybill: Waybill, now: datetime, *, telephoned: bool = False) -> Openness:
    """Open after lease and margin, and after the first look-ups or a telephone call to BEX."""
    lost = list(_lost_attempts(waybill))
    running = _lost_attempts(waybill).exclude(leases.ended()).first()
    if running is not None:
        return Openness(False, running.lease_until, "The attempt may still be under way.")
    waiting = [attempt for attempt in lost if attempt.look_ups_done < FIRST_LOOK_UPS_DONE]
    if waiting and not telephoned:
        since = max(attempt.answered_at or attempt.lease_until for attempt in waiting)
        opens_at = next_look_up(Outcome.LOST, since, FIRST_LOOK_UPS_DONE - 1)
        return Openness(False, opens_at, "It is looked up at BEX first; a call to BEX opens it at once.")
    return Openness(True)


@dataclass(frozen=True)
class Duplicate:
    """Another waybill with the same sender's reference; `waybill` is None where the person may not see it."""

    waybill: Waybill | None
    state: str


LIVE = (State.BOOKED, State.UNKNOWN, State.SUBMITTING, State.QUEUED, State.HELD)


def duplicates_of(waybill: Waybill, user: User) -> list[Duplicate]:
    """Waybills on any account that carry the same sender's reference and are booked, unknown or on their way."""
    if not waybill.senders_ref:
        return []
    others = Waybill.objects.filter(senders_ref__iexact=waybill.senders_ref, booking_state__in=LIVE)
    others = others.filter(endpoint=waybill.endpoint).exclude(pk=waybill.pk).select_related("receiver")
    seen = set(visible(others, user).values_list("pk", flat=True))
    return [Duplicate(one if one.pk in seen else None, one.booking_state) for one in others[:20]]


def _agreed_total(waybill: Waybill, by: User) -> Decimal | None:
    """The price that the page showed; who sees none agrees to no more than was agreed to before."""
    if waybill.consented_total is not None and not sees_prices(by, waybill.account):
        return waybill.consented_total
    return waybill.priced_by.total if waybill.priced_by else None


def _ask(waybill: Waybill, by: User) -> None:
    waybill.asked_at = timezone.now()
    waybill.asked_by = by
    waybill.asked_with = by.acts_with
    waybill.hold_reason = ""
    waybill.send_after = None
    waybill.abandoned_at = None
    ring_on_commit(waybill.pk)


def _allow(waybill: Waybill, states: set[State], why_not: str) -> None:
    if waybill.booking_state not in states:
        raise NotNow(f"{why_not} It is: {State(waybill.booking_state).label.lower()}.")


def _fresh(waybill: Waybill, version: int) -> None:
    if waybill.version != version:
        raise Stale


def _needs_its_ends(waybill: Waybill) -> None:
    if waybill.sender_id is None or waybill.receiver_id is None or not waybill.parcels.exists():
        raise NotNow("Sender, receiver and parcels are needed before it can be booked; they are not known here.")


def _shows_evidence(waybill: Waybill) -> bool:
    """Held because BEX shows something under an earlier attempt's reference: decided about like an unknown outcome."""
    return waybill.booking_state == State.HELD and waybill.hold_reason == HoldReason.EVIDENCE


def _allow_settling(waybill: Waybill, spoke_to: str, note: str) -> None:
    if _shows_evidence(waybill):
        return
    _allow(waybill, {State.UNKNOWN}, "Only an unknown outcome needs this decision.")
    openness = decisions_open(waybill, timezone.now(), telephoned=bool(spoke_to.strip() and note.strip()))
    if not openness.open:
        by_telephone = decisions_open(waybill, timezone.now(), telephoned=True).open
        raise NotNow(openness.why, field=("note" if spoke_to.strip() else "spoke_to") if by_telephone else "")


def _lost_attempts(waybill: Waybill) -> QuerySet[Submission]:
    return Submission.objects.filter(waybill=waybill, outcome=Outcome.LOST, settled_at=None)


def _open_attempts(waybill: Waybill) -> QuerySet[Submission]:
    """The lost ones; where a held waybill shows evidence, the refused ones as well."""
    outcomes = (Outcome.LOST, Outcome.REFUSED) if _shows_evidence(waybill) else (Outcome.LOST,)
    return Submission.objects.filter(waybill=waybill, outcome__in=outcomes, settled_at=None)


def _settle(waybill: Waybill) -> None:
    _open_attempts(waybill).update(settled_at=timezone.now())
