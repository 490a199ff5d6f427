"""Evidence about attempts that may have been sent: the journal, and BEX's tracking by the attempt's reference.

A look-up that finds exactly one shipment, with a number that no other row holds, books the waybill. Everything else is
kept and shown, never taken.
"""

import logging
import uuid
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q
from django.utils import timezone

from accounts import leases
from accounts.gateway import anonymous_client
from bexapi import BexBusy, BexError, TrackedShipment
from shipments import journal
from shipments.answers import Answer, looked_up_as, store
from shipments.confirming import CLOCKS_DIFFER
from shipments.models import LookUp, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import HoldReason, NumberSource
from shipments.promise import next_look_up, pause_before_look_up

log = logging.getLogger(__name__)
LOOK_UP_LEASE = timedelta(minutes=2)
MOST_AT_ONCE = 50
LONGEST_STEP = timedelta(days=1) + CLOCKS_DIFFER
POSITIVE = (LookUp.Result.SEVERAL, LookUp.Result.NO_NUMBER, LookUp.Result.TAKEN)
"""Something is there, and it is nothing that could be taken by itself."""


def end_leases() -> int:
    """Attempts whose lease is over become lost, unless the journal holds their answer. How many there were."""
    over = Submission.objects.filter(leases.ended(), outcome=Outcome.CLAIMED)
    attempts = list(over.values_list("pk", flat=True)[:200])
    if not attempts:
        return 0
    entries = _journal_entries()
    for attempt_id in attempts:
        if not replay(attempt_id, entries):
            store(attempt_id, Answer(Outcome.LOST, reason="The sender was stopped, or gave no answer in time"))
    return len(attempts)


def replay(attempt_id: uuid.UUID, entries: dict[str, journal.Entry]) -> bool:
    """Stores the answer that the journal holds and the database would not take. False where it holds none."""
    entry = entries.get(str(attempt_id))
    if entry is None or not entry.outcome or entry.outcome == Outcome.LOST:
        return False
    money: dict[str, Decimal | None] = {
        name: Decimal(str(value)) for name, value in (entry.answer or {}).get("money", {}).items()
    }
    answer = Answer(
        Outcome(entry.outcome),
        reason="Read again from the journal",
        waybill_number=entry.waybill_number,
        source=NumberSource.JOURNAL,
        money=money,
    )
    return store(attempt_id, answer)


def _journal_entries() -> dict[str, journal.Entry]:
    try:
        return journal.entries()
    except journal.JournalUnusable as error:
        log.error("leases end without the journal's evidence: %s", error)
        return {}


def look_up_due(now: datetime) -> int:
    """Looks up every attempt whose turn it is, each alone in its call. How many there were."""
    # No step of the schedule is that long: a clock that was wrong wrote it.
    wrong = Q(next_look_up_at__gt=now + LONGEST_STEP)
    due = Submission.objects.filter(Q(next_look_up_at__lte=now) | wrong).order_by("next_look_up_at")
    attempts = list(due.select_related("waybill")[:MOST_AT_ONCE])
    entries = _journal_entries() if any(attempt.outcome == Outcome.LOST for attempt in attempts) else {}
    done = 0
    for attempt in attempts:
        if attempt.outcome == Outcome.LOST and replay(attempt.pk, entries):
            continue
        if _claim(attempt, now):
            try:
                look_up(attempt, now)
            except BexBusy:
                break  # nor is there a turn for the others; this one's comes again with its lease's end
            done += 1
    return done


def _claim(attempt: Submission, now: datetime) -> bool:
    """Two workers never make the same look-up."""
    same = Submission.objects.filter(pk=attempt.pk, next_look_up_at=attempt.next_look_up_at)
    return bool(same.update(next_look_up_at=now + LOOK_UP_LEASE))


def look_up_earlier(waybill: Waybill) -> HoldReason | None:
    """Before a new attempt: one look-up of every earlier one that may have been sent and has no number.

    Where one cannot be looked up, or shows something that cannot be taken, this waybill alone is held; not for what a
    person has seen and decided about. None of this uses up the schedule's look-ups. Raises BexBusy.
    """
    now = timezone.now()
    earlier = Submission.objects.filter(waybill=waybill, outcome__in=(Outcome.LOST, Outcome.REFUSED))
    for attempt in earlier:
        found = look_up(attempt, now, scheduled=False)
        if found.result == LookUp.Result.FAILED:
            return HoldReason.LOOK_UP_FAILED
        if found.result in POSITIVE and not _decided_about(attempt, found):
            return HoldReason.EVIDENCE
    return None


def _decided_about(attempt: Submission, found: LookUp) -> bool:
    """Whether a person settled the attempt after the same was seen."""
    if attempt.settled_at is None:
        return False
    seen = attempt.look_ups.filter(result=found.result, at__lte=attempt.settled_at)
    return any(sorted(one.numbers) == sorted(found.numbers) for one in seen)


def look_up(attempt: Submission, now: datetime, *, scheduled: bool = True) -> LookUp:
    """Asks BEX for the attempt's reference, keeps what came, and books where it is evidence.

    The schedule goes on last: whoever is killed before that leaves the look-up to be made again. Raises BexBusy; then
    nothing was asked, and nothing is kept.
    """
    try:
        shipments = _found(attempt)
    except BexBusy:
        raise
    except BexError as error:
        found = LookUp.objects.create(attempt=attempt, at=now, result=LookUp.Result.FAILED, reason=error.reason[:200])
        if scheduled:
            _next(attempt, now, counts=False)
        return found
    result, numbers = _judge(attempt, shipments)
    found = LookUp.objects.create(attempt=attempt, at=now, result=result, numbers=numbers)
    if result == LookUp.Result.FOUND:
        answer = Answer(
            Outcome.BOOKED, reason="Found by its reference", waybill_number=numbers[0], source=NumberSource.LOOK_UP
        )
        store(attempt.pk, answer)
        Submission.objects.filter(pk=attempt.pk, outcome=Outcome.BOOKED).update(next_look_up_at=None)
    elif scheduled:
        _next(attempt, now, counts=True)
    return found


def _found(attempt: Submission) -> tuple[TrackedShipment, ...]:
    """By its reference; where that finds nothing and its number is ours, by the number.

    Not for a refused one: BEX may have refused it because somebody else's shipment has that number.
    """
    client = anonymous_client(attempt.endpoint)
    shipments = client.find_by_reference(attempt.reference).shipments
    if shipments or not attempt.own_number or attempt.outcome != Outcome.LOST:
        return shipments
    return tuple(shipment for shipment in client.track([attempt.own_number]).shipments if _may_be_of(attempt, shipment))


def _may_be_of(attempt: Submission, shipment: TrackedShipment) -> bool:
    """Whether a shipment under our number is this attempt's: not older, and with the reference that was sent."""
    older = any(event.at is not None and event.at < attempt.claimed_at - CLOCKS_DIFFER for event in shipment.events)
    sent = str(attempt.payload.get("sendersRef", ""))
    return not older and shipment.senders_ref.strip().casefold() in {"", sent.strip().casefold()}


def _judge(attempt: Submission, shipments: tuple[TrackedShipment, ...]) -> tuple[LookUp.Result, list[str]]:
    numbers = [shipment.waybill_number for shipment in shipments if shipment.waybill_number]
    if not shipments:
        return LookUp.Result.NOTHING, []
    if len(shipments) > 1:
        return LookUp.Result.SEVERAL, numbers
    if not numbers:
        return LookUp.Result.NO_NUMBER, []
    held = Waybill.objects.filter(endpoint=attempt.endpoint, waybill_number__iexact=numbers[0])
    told = Submission.objects.filter(endpoint=attempt.endpoint, waybill_number__iexact=numbers[0])
    if held.exclude(pk=attempt.waybill_id).exists() or told.exclude(waybill=attempt.waybill_id).exists():
        return LookUp.Result.TAKEN, numbers
    return LookUp.Result.FOUND, numbers


def told_of(endpoint: str, number: str, *, reference: str = "", at: datetime | None = None) -> bool:
    """BEX told us by itself, under a key of ours, of a shipment with this number. Whether that books an unknown one.

    It does where the number is ours and was sent with the attempt, or where the reference told is the attempt's own.
    `at`: when the told thing happened; an older one is of an earlier shipment with that number.
    """
    if not number or Waybill.objects.filter(endpoint=endpoint, waybill_number=number).exists():
        return False
    may_be = Submission.objects.filter(endpoint=endpoint, outcome__in=(Outcome.LOST, Outcome.REFUSED))
    attempt = may_be.filter(reference=reference).first() if reference else None
    if attempt is None:
        attempt = may_be.filter(own_number=number, outcome=Outcome.LOST).first()
        if attempt is None or not _was_sent_as(attempt, reference, at):
            return False
    why = "BEX told of it by itself"
    LookUp.objects.create(attempt=attempt, result=LookUp.Result.FOUND, numbers=[number], reason=why)
    booked = Answer(Outcome.BOOKED, reason=why, waybill_number=number, source=NumberSource.WEBHOOK)
    return store(attempt.pk, booked)


def _was_sent_as(attempt: Submission, reference: str, at: datetime | None) -> bool:
    older = at is not None and at < attempt.claimed_at - CLOCKS_DIFFER
    sent = str(attempt.payload.get("sendersRef", "")).strip().casefold()
    return not older and reference.strip().casefold() in {"", sent}


def _next(attempt: Submission, now: datetime, *, counts: bool) -> None:
    """A look-up without an answer is not counted; it is tried again soon."""
    row = Submission.objects.filter(pk=attempt.pk)
    if not counts:
        row.exclude(next_look_up_at=None).update(next_look_up_at=now + LOOK_UP_LEASE)
        return
    attempt.look_ups_done += 1
    since = min(attempt.answered_at or attempt.claimed_at, now)  # not by a clock that ran ahead
    schedule = looked_up_as(attempt, confirmed=attempt.waybill.number_confirmed)
    planned = next_look_up(schedule, since, attempt.look_ups_done)
    row.update(
        look_ups_done=F("look_ups_done") + 1,
        # Late ones are not made up for in a row: what BEX does not show yet it will not show seconds later.
        next_look_up_at=max(planned, now + pause_before_look_up(attempt.look_ups_done)) if planned else None,
    )
