"""Sending one waybill to BEX, in the order that the promise asks for.

All rules are checked again, earlier attempts that may have been sent are looked up, the claim is committed, a line
goes to the journal, the deadline is checked (by the client, between connect and the first byte), the request is sent.
The deadline starts before the claim and the lease is longer, so that a late sender sends nothing. Before all this the
sending waits for its turn at BEX: whatever has none stays queued as it was, and uses up none of its tries.
"""

import logging
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from accounts import leases
from accounts.gateway import NoToken, client_for, turn_at
from accounts.pacing import LONGEST_PAUSE
from accounts.secrets import SecretUnreadable
from accounts.turns import Turn
from bexapi import (
    BexBusy,
    BexClient,
    BexError,
    BexRejected,
    BexUnreachable,
    Deadline,
    WaybillReply,
    WaybillRequest,
    retry_delay,
)
from bexportal.logs import current_request_id
from shipments import evidence, journal, own_numbers, pricing, probing, witness
from shipments.answers import Answer, store
from shipments.changing import Stale, decided, taking
from shipments.models import Decision, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState, HoldReason
from shipments.promise import new_reference
from shipments.requesting import is_complete, request_for
from shipments.rules import reason_to_hold, sending_is_held

log = logging.getLogger(__name__)
PATIENCE = 1.0
"""Seconds that a worker waits for its turn at BEX. It has other things to do, and the sweep rings again."""
MOST_RUNG_FOR = 250
CLOCKS_DIFFER = timedelta(minutes=1)
DATABASE_AWAY_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries to store an answer; what still cannot be stored is replayed from the journal."""


def send(waybill_id: uuid.UUID) -> None:
    """Sends the waybill if it still waits to be sent and nothing speaks against it. Safe to call at any time."""
    waybill = _waiting(waybill_id)
    if waybill is None or not witness.agrees() or sending_is_held():
        return
    try:
        with turn_at(waybill.endpoint, "submit_waybill", patience=PATIENCE) as turn:
            _send_in_turn(waybill, turn)
    except BexBusy as busy:
        log.info("waybill %s waits for its turn: %s", waybill_id, busy.reason)
        reason = reason_to_hold(waybill, timezone.now())
        if reason is not None:  # however long BEX is away, it is asked about in time
            _hold(waybill, reason)


def _send_in_turn(waybill: Waybill, turn: Turn) -> None:
    reason = reason_to_hold(waybill, timezone.now())
    if reason is None and not is_complete(waybill):
        reason = HoldReason.INCOMPLETE
    if reason is None:
        reason = evidence.look_up_earlier(waybill) or pricing.reason_to_hold(
            waybill, is_busy=lambda: turn.was_asked_to_wait
        )
        if turn.was_asked_to_wait:
            return  # what BEX was too busy to say is no reason
    if reason is not None:
        _hold(waybill, reason)
        return
    found: Waybill | None = waybill
    if not Waybill.objects.filter(pk=waybill.pk, version=waybill.version).exists():
        found = _waiting(waybill.pk)  # looking things up has changed it
    if found is not None:
        turn.keep()
        _send(found)


def _waiting(waybill_id: uuid.UUID) -> Waybill | None:
    # Not one query of eight tables: PostgreSQL plans that for longer than all of these take.
    rows = Waybill.objects.select_related("account__identity", "asked_by", "idempotency")
    rows = rows.prefetch_related("priced_by__quote", "sender", "receiver", "parcels")
    waybill = rows.filter(pk=waybill_id, booking_state=BookingState.QUEUED).first()
    if waybill is None or is_postponed(waybill.send_after, timezone.now()):
        return None
    return waybill


def is_postponed(until: datetime | None, now: datetime) -> bool:
    """A moment further away than any wait was written by a clock that was wrong."""
    return until is not None and now < until <= now + LONGEST_PAUSE + CLOCKS_DIFFER


def _hold(waybill: Waybill, reason: HoldReason) -> None:
    try:
        with taking(waybill.pk, waybill.version) as held:
            held.hold_reason = reason
            decided(held, Decision.Kind.HELD, None, note=reason.label)
    except Stale:
        log.info("waybill %s changed meanwhile; it is looked at anew", waybill.pk)


def _send(waybill: Waybill) -> None:
    try:
        client = client_for(waybill.account.identity)
        journal.check_writable()
    except (NoToken, SecretUnreadable) as error:
        log.error("waybill %s is held: %s", waybill.pk, error)
        _hold(waybill, HoldReason.ACCOUNT_PAUSED)
        return
    except journal.JournalUnusable as error:
        log.error("waybill %s is held: %s", waybill.pk, error)
        _hold(waybill, HoldReason.JOURNAL)
        return
    deadline = Deadline.after(settings.BEX_DEADLINE)
    try:
        claimed = _claim(waybill)
    except own_numbers.UsedUp:
        _hold(waybill, HoldReason.NUMBERS_USED_UP)
        return
    if claimed is not None:
        _submit(client, waybill, *claimed, deadline)


def _claim(waybill: Waybill) -> tuple[Submission, WaybillRequest] | None:
    """Commits the attempt that is about to be made; None where another process was first or a person changed it.

    Raises own_numbers.UsedUp; then nothing was claimed.
    """
    try:
        with taking(waybill.pk, waybill.version) as claimed:
            if claimed.booking_state != BookingState.QUEUED:
                return None
            reference = new_reference()
            request = request_for(waybill, reference, own_number=own_numbers.take(waybill.account))
            attempt = Submission.objects.create(
                waybill=claimed,
                number=claimed.attempts.count() + 1,
                reference=reference,
                own_number=request.waybill_number,
                waybill_version=claimed.version,
                account=claimed.account,
                identity=claimed.account.identity,
                endpoint=claimed.endpoint,
                payload=request.to_wire(),
                asked_by=claimed.asked_by,
                asked_with_id=claimed.asked_with_id,
                asked_at=claimed.asked_at,
                request_id=current_request_id(),
                **leases.beginning_now(),
            )
            claimed.asked_at = None  # taken up by this attempt
            claimed.send_after = None
    except Stale:
        return None
    return attempt, request


def _submit(
    client: BexClient, waybill: Waybill, attempt: Submission, request: WaybillRequest, deadline: Deadline
) -> None:
    try:
        journal.sending(
            str(attempt.pk),
            waybill=str(waybill.pk),
            number=attempt.number,
            endpoint=attempt.endpoint,
            account=waybill.account.number,
            reference=attempt.reference,
            own_number=attempt.own_number,
            service=waybill.service_code,
            collection_date=waybill.collection_date.isoformat(),
            key=waybill.idempotency.digest if hasattr(waybill, "idempotency") else "",
        )
    except journal.JournalUnusable as error:
        keep(attempt, Answer(Outcome.NOT_SENT, reason=str(error), hold=HoldReason.JOURNAL))
        return
    try:
        reply = client.submit_waybill(request, deadline=deadline)
    except BexError as error:
        keep(attempt, _failed(error, attempt.number))
        if isinstance(error, BexRejected) and _is_about_access(error, probing.after_refusal(waybill.account)):
            _wait_for_access(attempt)
        return
    keep(attempt, _booked(reply))


def _is_about_access(refusal: BexRejected, of_probe: BexRejected | None) -> bool:
    """Whether BEX says the same to a good quote. Other words were about this shipment, and can follow a commit."""
    return of_probe is not None and (refusal.status, refusal.message) == (of_probe.status, of_probe.message)


def _wait_for_access(attempt: Submission) -> None:
    """BEX refused the account or its token, not this shipment: it waits, and goes on after the others."""
    try:
        with taking(attempt.waybill_id) as refused:
            later = refused.attempts.filter(number__gt=attempt.number).exists()
            if refused.booking_state == BookingState.REJECTED and not later:
                refused.asked_at = attempt.asked_at or timezone.now()
                refused.hold_reason = HoldReason.ACCESS_REFUSED
                decided(refused, Decision.Kind.HELD, None, note=HoldReason.ACCESS_REFUSED.label)
    except Stale:
        log.info("waybill %s is gone", attempt.waybill_id)


def _booked(reply: WaybillReply) -> Answer:
    money = {name: getattr(reply, name) for name in ("base_rate", "surcharges_total", "subtotal", "vat", "total")}
    money["volumetric_ratio"] = reply.volumetric_ratio
    return Answer(
        Outcome.BOOKED,
        status=200,
        waybill_number=reply.waybill_number,
        warning=reply.warning,
        raw=reply.raw,
        money=money,
    )


def _failed(error: BexError, tries: int) -> Answer:
    if isinstance(error, BexRejected):
        outcome, refusal = Outcome.REFUSED, error.message
    elif isinstance(error, (BexUnreachable, BexBusy)):
        outcome, refusal = Outcome.NOT_SENT, ""
    else:
        outcome, refusal = Outcome.LOST, ""
    wait = min(timedelta(seconds=retry_delay(error, tries) or 0), LONGEST_PAUSE)
    return Answer(outcome, reason=error.reason, status=error.status, refusal=refusal, raw=error.raw, wait=wait)


def keep(attempt: Submission, answer: Answer) -> None:
    """Notes the answer in the journal, then stores it; a database that is away for some seconds is waited for."""
    try:
        journal.answered(
            str(attempt.pk),
            answer.outcome,
            waybill_number=answer.waybill_number,
            money={name: str(value) for name, value in answer.money.items() if value is not None},
        )
    except journal.JournalUnusable as error:
        log.error("the answer to attempt %s is stored without the journal: %s", attempt.pk, error)
    for pause in (*DATABASE_AWAY_PAUSES, None):
        try:
            store(attempt.pk, answer, waybill_id=attempt.waybill_id)
        except (OperationalError, InterfaceError) as error:
            log.error("the answer to attempt %s cannot be stored yet (%s)", attempt.pk, type(error).__name__)
            connection.close()
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return


def waiting_to_be_sent(now: datetime) -> list[uuid.UUID]:
    """What waits and may be tried now, oldest first; as much as is sent until the sweep looks again."""
    postponed = Q(send_after__gt=now, send_after__lte=now + LONGEST_PAUSE + CLOCKS_DIFFER)
    waiting = Waybill.objects.filter(booking_state=BookingState.QUEUED).exclude(postponed)
    return list(waiting.order_by("asked_at").values_list("pk", flat=True)[:MOST_RUNG_FOR])
