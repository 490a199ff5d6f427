"""After the database was put back: it may lack bookings that were made since, and the journal knows them.

Waybills that the journal shows as booked get their number back, those that it leaves open become unknown, absent rows
included. All sending stays on hold until a person has read the list and releases it.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts import leases, trail
from accounts.models import Identity, ShippingAccount, User
from shipments import evidence, journal, own_numbers, witness
from shipments.answers import Answer, store
from shipments.changing import taking
from shipments.models import IdempotencyKey, JournalMark, SendingHold, Submission, Waybill
from shipments.models.attempts import Outcome


@dataclass
class Findings:
    """What was put right; texts for a person. `unplaced`: nothing here can hold them."""

    numbers_back: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)
    series_moved: list[str] = field(default_factory=list)


def after_restore(now: datetime | None = None) -> Findings:
    """Brings the database up to its journal and holds all sending. Safe to run twice. Raises JournalUnusable."""
    now = now or timezone.now()
    findings = Findings()
    _hold()
    entries = journal.entries()
    for entry in witness.unknown_to_the_database():
        _bring_back(entry, findings, now)
    for attempt in Submission.objects.filter(outcome__in=(Outcome.CLAIMED, Outcome.LOST)):
        _complete(attempt, entries, findings)
    findings.series_moved = _move_series_past(entries)
    JournalMark.objects.update_or_create(pk=1, defaults={"journal_id": journal.journal_id(), "since": now})
    SendingHold.objects.filter(reason=SendingHold.Reason.JOURNAL, released_at=None).update(released_at=now)
    witness.forget()
    return findings


def _move_series_past(entries: dict[str, journal.Entry]) -> list[str]:
    """A number of our own that was sent is never given to another waybill."""
    used: dict[str, set[str]] = {}
    for entry in entries.values():
        if number := entry.sent.get("own_number"):
            used.setdefault(entry.sent["endpoint"], set()).add(number)
    moved = [series for endpoint, numbers in used.items() for series in own_numbers.move_past(endpoint, numbers)]
    return [
        f"account {series.account.number}: numbers {series} go on at {series.number(series.next)}" for series in moved
    ]


def release(by: User | None) -> int:
    """Sending goes on. How many holds were open."""
    with transaction.atomic():
        released = SendingHold.objects.filter(released_at=None).update(released_at=timezone.now(), released_by=by)
        trail.record(by or "after_restore", "sending.released", count=released)
    return released


def _hold() -> None:
    SendingHold.objects.get_or_create(
        reason=SendingHold.Reason.RESTORED,
        released_at=None,
        defaults={"detail": "Read what after_restore found, then release with manage.py after_restore --release."},
    )


def _bring_back(entry: journal.Entry, findings: Findings, now: datetime) -> None:
    """The attempt's row anew, and its waybill's where that is missing too."""
    facts = entry.sent
    account = ShippingAccount.objects.filter(endpoint=facts["endpoint"], number=facts["account"]).first()
    if account is None:
        findings.unplaced.append(_text(entry, f"account {facts['account']} is not here"))
        return
    with transaction.atomic():
        waybill = Waybill.objects.filter(pk=facts["waybill"]).first() or _waybill(facts, account)
        with taking(waybill.pk) as taken:
            _attempt(entry, taken, account, account.identity, now)
            # This attempt took the wish up: without a new one nothing is sent by itself.
            taken.asked_at, taken.hold_reason = None, ""
    answer = Answer(Outcome.LOST, reason="The journal names this attempt; the restored database lacked it")
    store(uuid.UUID(entry.attempt), answer, now)
    if not evidence.replay(uuid.UUID(entry.attempt), {entry.attempt: entry}):
        findings.unknown.append(_text(entry, "may have been booked"))
    elif entry.outcome == Outcome.BOOKED:
        findings.numbers_back.append(_text(entry, f"booked as {entry.waybill_number}"))
    elif entry.outcome == Outcome.REFUSED:
        findings.refused.append(_text(entry, "was refused by BEX"))


def _waybill(facts: dict[str, str], account: ShippingAccount) -> Waybill:
    waybill = Waybill.objects.create(
        pk=uuid.UUID(facts["waybill"]),
        account=account,
        endpoint=facts["endpoint"],
        service_code=facts["service"],
        collection_date=date.fromisoformat(facts["collection_date"]),
        instructions="Restored from the journal; addresses and parcels are not known here.",
    )
    if key := facts.get("key"):
        # The system that asked asks again under the same key: it is to find this one, not to book another.
        IdempotencyKey.objects.get_or_create(digest=key, defaults={"waybill": waybill})
    return waybill


def _attempt(
    entry: journal.Entry, waybill: Waybill, account: ShippingAccount, identity: Identity, now: datetime
) -> Submission:
    last = waybill.attempts.order_by("-number").values_list("number", flat=True).first() or 0
    # A restored claim is over: nobody is sending it.
    lease = {**leases.beginning_now(), "lease_until": now, "lease_until_tick": 0.0}
    return Submission.objects.create(
        pk=uuid.UUID(entry.attempt),
        waybill=waybill,
        number=max(last + 1, int(entry.sent.get("number", 1))),
        reference=entry.sent["reference"],
        waybill_version=waybill.version,
        account=account,
        identity=identity,
        endpoint=entry.sent["endpoint"],
        payload={},
        own_number=entry.sent.get("own_number", ""),
        **lease,
    )


def _complete(attempt: Submission, entries: dict[str, journal.Entry], findings: Findings) -> None:
    """A row that the backup holds half-way: the journal may know how it ended."""
    if evidence.replay(attempt.pk, entries):
        if number := entries[str(attempt.pk)].waybill_number:
            findings.numbers_back.append(f"waybill {attempt.waybill_id}: booked as {number}")
    elif attempt.outcome == Outcome.CLAIMED:
        store(attempt.pk, Answer(Outcome.LOST, reason="The database was restored while it was being sent"))
        findings.unknown.append(f"waybill {attempt.waybill_id}: may have been booked, reference {attempt.reference}")


def _text(entry: journal.Entry, what: str) -> str:
    return f"waybill {entry.sent.get('waybill', '?')}: {what}, reference {entry.sent.get('reference', '?')}"
