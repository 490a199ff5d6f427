"""What an attempt learnt, stored: by its sender's answer, by the end of its lease, by a look-up, by a person.

An attempt's own outcome is written whenever it comes: a late answer is evidence, and the state is applied anew.
"""

import logging
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from shipments import address_book, comparing
from shipments.changing import taking
from shipments.models import Learnt, Price, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import HoldReason, NumberSource
from shipments.promise import MOST_TRIES, may_become, next_look_up
from shipments.searching import search_text

log = logging.getLogger(__name__)
TOO_MANY_REQUESTS = 429
ANSWER_FIELDS = (
    "outcome",
    "answered_at",
    "reason",
    "status",
    "refusal",
    "raw",
    "waybill_number",
    "number_source",
    "next_look_up_at",
)


@dataclass(frozen=True)
class Answer:
    """`reason`: in our words, without a full stop. `refusal`, `warning`: in BEX's. `money`: fields of Price. `wait`:
    before a retry.
    """

    outcome: Outcome
    reason: str = ""
    status: int | None = None
    refusal: str = field(default="", repr=False)
    warning: str = field(default="", repr=False)
    raw: str = field(default="", repr=False)
    waybill_number: str = ""
    source: NumberSource = NumberSource.ANSWER
    confirmed: bool = True
    money: dict[str, Decimal | None] = field(default_factory=dict)
    wait: timedelta = timedelta(0)
    hold: HoldReason | None = None


def store(
    attempt_id: uuid.UUID, answer: Answer, now: datetime | None = None, *, waybill_id: uuid.UUID | None = None
) -> bool:
    """Writes the outcome and applies the waybill's state. False where what is known already stands against it.

    `waybill_id`: the attempt's, where the caller knows it.
    """
    now = now or timezone.now()
    waybill_id = waybill_id or Submission.objects.values_list("waybill_id", flat=True).get(pk=attempt_id)
    with taking(waybill_id) as waybill:
        attempt = Submission.objects.get(pk=attempt_id)
        before = attempt.outcome
        if before == answer.outcome == Outcome.BOOKED and not _corrects(waybill, attempt, answer):
            _told_again(waybill, attempt, answer, now)
        else:
            if before == answer.outcome == Outcome.BOOKED:
                waybill.waybill_number = ""
            elif not may_become(before, answer.outcome):
                return False
            _note(attempt, answer, now)
            _complete(attempt, answer, now)
            if answer.outcome == Outcome.BOOKED:
                _booked(waybill, attempt, answer, now)
            elif answer.outcome == Outcome.NOT_SENT:
                _not_sent(waybill, attempt, answer, now)
    log.info("attempt %s of waybill %s: %s after %s", attempt.number, waybill_id, answer.outcome, before)
    return True


def _corrects(waybill: Waybill, attempt: Submission, answer: Answer) -> bool:
    """A number on a person's word holds until something better is known about the same attempt."""
    on_their_word = attempt.number_source == NumberSource.PERSON and not waybill.number_confirmed
    return on_their_word and attempt.outcome == answer.outcome == Outcome.BOOKED


def _note(attempt: Submission, answer: Answer, now: datetime) -> None:
    """The history: an attempt's row holds what is known last, these rows hold all of it."""
    Learnt.objects.create(
        attempt=attempt, at=now, outcome=answer.outcome, reason=answer.reason[:200],
        waybill_number=answer.waybill_number, source=answer.source if answer.waybill_number else "",
    )  # fmt: skip


def note_confirmed(waybill: Waybill, now: datetime) -> None:
    """The history: BEX's tracking shows the number that was taken on a person's word. The caller holds the waybill."""
    attempt = waybill.attempts.filter(waybill_number__iexact=waybill.waybill_number, outcome=Outcome.BOOKED).last()
    if attempt is not None:
        Learnt.objects.create(
            attempt=attempt, at=now, outcome=Outcome.BOOKED, reason="BEX's tracking shows the number",
            waybill_number=waybill.waybill_number, source=NumberSource.TRACKING,
        )  # fmt: skip


def _told_again(waybill: Waybill, attempt: Submission, answer: Answer, now: datetime) -> None:
    """The attempt's number is known already. The same one completes what was missing: price, raw reply, remark,
    confirmation. Another one is kept beside it, and a person is called.
    """
    same = answer.waybill_number.casefold() == attempt.waybill_number.casefold()
    if same and not answer.money and not answer.raw and (waybill.number_confirmed or not answer.confirmed):
        return  # nothing new
    _note(attempt, answer, now)
    if not same:
        if answer.waybill_number not in attempt.other_numbers:
            attempt.other_numbers = [*attempt.other_numbers, answer.waybill_number]
        waybill.booked_twice = True
    attempt.raw = attempt.raw or answer.raw
    attempt.status = attempt.status or answer.status
    attempt.save(update_fields=["other_numbers", "raw", "status"])
    _price(waybill, attempt, answer, now)
    if same and waybill.waybill_number.casefold() == answer.waybill_number.casefold():
        waybill.number_confirmed = waybill.number_confirmed or answer.confirmed
        waybill.booking_warning = waybill.booking_warning or answer.warning


def _price(waybill: Waybill, attempt: Submission, answer: Answer, now: datetime) -> None:
    if not answer.money:
        return
    price = Price(waybill=waybill, kind=Price.Kind.BOOKED, source=str(attempt.pk), at=now, **answer.money)
    Price.objects.bulk_create([price], ignore_conflicts=True)  # told twice it is one price
    insured = waybill.insurance_value is not None
    waybill.price_difference = comparing.difference(waybill.priced_by, price, insured=insured)


def looked_up_as(attempt: Submission, *, confirmed: bool) -> str:
    """The outcome whose schedule of look-ups holds: a number on a person's word ends none."""
    on_their_word = attempt.number_source == NumberSource.PERSON and not confirmed
    return Outcome.LOST if on_their_word else attempt.outcome


def _complete(attempt: Submission, answer: Answer, now: datetime) -> None:
    attempt.outcome = answer.outcome
    attempt.answered_at = now
    attempt.reason = answer.reason[:200]
    attempt.status = answer.status
    attempt.refusal = answer.refusal or attempt.refusal
    attempt.raw = answer.raw or attempt.raw
    attempt.waybill_number = answer.waybill_number
    attempt.number_source = answer.source if answer.waybill_number else ""
    attempt.next_look_up_at = next_look_up(
        looked_up_as(attempt, confirmed=answer.confirmed), now, attempt.look_ups_done
    )
    attempt.save(update_fields=ANSWER_FIELDS)


def _booked(waybill: Waybill, attempt: Submission, answer: Answer, now: datetime) -> None:
    """BEX's number is known. A second number, and one that another waybill holds, stay on the attempt and are shown."""
    waybill.asked_at = None
    waybill.hold_reason = ""
    waybill.booked_at = waybill.booked_at or now
    _price(waybill, attempt, answer, now)
    if waybill.waybill_number:
        waybill.booked_twice |= waybill.waybill_number.casefold() != answer.waybill_number.casefold()
        waybill.search = search_text(waybill)
        return
    address_book.remember_ends(waybill)
    waybill.number_source = answer.source
    waybill.number_confirmed = answer.confirmed
    waybill.booking_warning = answer.warning
    waybill.tracking_due_at = now
    waybill.waybill_number = answer.waybill_number
    waybill.search = search_text(waybill)
    try:
        with transaction.atomic():
            waybill.save(update_fields=["waybill_number"])
    except IntegrityError:
        # Another waybill holds this number: both keep what they were told, and a person is called.
        log.error("waybill %s was told a number that another waybill holds", waybill.pk)
        waybill.waybill_number = ""
        waybill.tracking_due_at = None
        waybill.booked_twice = True
    _call_for_the_other(waybill, answer.waybill_number)


def _call_for_the_other(waybill: Waybill, number: str) -> None:
    """A number that another waybill holds, or was told before, is an alarm on both."""
    told = Submission.objects.filter(waybill_number__iexact=number, outcome=Outcome.BOOKED).values("waybill")
    wanted = Q(waybill_number__iexact=number) | Q(pk__in=told)
    others = Waybill.objects.filter(wanted, endpoint=waybill.endpoint).exclude(pk=waybill.pk)
    waybill.booked_twice |= bool(others.update(booked_twice=True))


def _not_sent(waybill: Waybill, attempt: Submission, answer: Answer, now: datetime) -> None:
    """Surely nothing left, so booking is still asked for, unless a person or a later attempt has taken over."""
    latest = not Submission.objects.filter(waybill=waybill, number__gt=attempt.number).exists()
    if not latest or attempt.settled_at is not None or waybill.asked_at is not None:
        return
    waybill.asked_at = attempt.asked_at or now  # its cut-off is the one it had when it was asked for
    waybill.send_after = now + answer.wait
    tries = _tries_in_a_row(waybill)
    if answer.hold is not None:
        waybill.hold_reason = answer.hold
    elif tries >= MOST_TRIES:
        waybill.hold_reason = HoldReason.TOO_MANY_TRIES


def _tries_in_a_row(waybill: Waybill) -> int:
    """Attempts since the last decision of a person, of which nothing left. Where BEX asked to wait it is waited for."""
    since = waybill.decisions.filter(by__isnull=False).order_by("-at").values_list("at", flat=True).first()
    tries = Submission.objects.filter(waybill=waybill, outcome=Outcome.NOT_SENT).exclude(status=TOO_MANY_REQUESTS)
    return (tries.filter(claimed_at__gte=since) if since else tries).count()
