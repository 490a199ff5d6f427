"""Looking at parcels: those that are due, in full calls of ten; or one, because somebody wants to know now."""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts import gateway
from bexapi import BexBusy, BexOutcomeUnknown, BexRejected
from shipments.models import Waybill
from tracking import claims, observing
from tracking.asking import MOST_A_CALL, Answer, Asking, in_words

log = logging.getLogger(__name__)

LISTED_AT_ONCE = 1000
WAIT_AFTER_FAILURE = timedelta(seconds=60)
WAIT_AFTER_REFUSAL = timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=1)
AT_MOST_EVERY = timedelta(seconds=10)
FAILURES_IN_A_ROW = 2
PATIENCE = 15.0


@dataclass(frozen=True)
class SyncResult:
    """`parcels`: asked about. `calls`: made to BEX. `changed`: had news. `failed`: BEX did not answer about them."""

    parcels: int = 0
    calls: int = 0
    changed: int = 0
    failed: int = 0

    def __str__(self) -> str:
        looked = f"{_counted(self.parcels, 'parcel')} looked at in {_counted(self.calls, 'call')}"
        return f"{looked}: {self.changed} with news, {self.failed} without an answer"


@dataclass(frozen=True)
class Refreshed:
    """`asked`: BEX was asked just now. `problem`: why there is no answer, in words; '' where there is one."""

    asked: bool
    problem: str = ""
    refusal: str = field(default="", repr=False)


@dataclass
class _Run:
    """One sweep: what it did so far and which endpoints it leaves alone now. `seconds` bounds it, None does not."""

    now: datetime | None
    seconds: float | None
    parcels: int = 0
    calls: int = 0
    changed: int = 0
    failed: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    left_alone: set[str] = field(default_factory=set)
    _began: float = field(default_factory=time.monotonic)

    def moment(self) -> datetime:
        return self.now or timezone.now()

    @property
    def is_over(self) -> bool:
        return self.seconds is not None and time.monotonic() - self._began > self.seconds

    @property
    def result(self) -> SyncResult:
        return SyncResult(self.parcels, self.calls, self.changed, self.failed)


def sync(
    *, force: bool = False, now: datetime | None = None, endpoint: str | None = None, seconds: float | None = None
) -> SyncResult:
    """Looks at every parcel that is due; with `force` at all that are under way.

    N parcels of one endpoint cost ceil(N/10) calls. Safe to run anywhere at any time beside others: no parcel is taken
    twice. What BEX does not answer about stays due. `seconds`: no new call is begun after so long. Never raises a
    BexError. Must not run inside a transaction.
    """
    gateway.refuse_inside_transaction()
    run = _Run(now, seconds)
    for listed, among in _lists(run, force=force, endpoint=endpoint):
        by_endpoint = sorted(listed, key=lambda waybill: waybill.endpoint)
        for where, waybills in groupby(by_endpoint, key=lambda waybill: waybill.endpoint):
            _look_at(run, where, list(waybills), among)
    log.log(logging.INFO if run.result.parcels else logging.DEBUG, "tracking: %s", run.result)
    return run.result


def refresh(waybill: Waybill, *, now: datetime | None = None) -> Refreshed:
    """Looks at this one now, whether due or not; not while another does, nor more often than every ten seconds."""
    gateway.refuse_inside_transaction()
    now = now or timezone.now()
    claim = claims.take_one(waybill, now, at_most_every=AT_MOST_EVERY) if waybill.waybill_number else None
    if claim is None or not claim.waybills:
        return Refreshed(asked=False)
    # Somebody waits for it.
    patience = min(PATIENCE, settings.BEX_DEADLINE)
    asking = Asking(gateway.anonymous_client(waybill.endpoint), seconds=0, patience=patience)
    [answer] = asking.about(claim.waybills)
    if answer.reply is not None:
        observing.record(claim.waybills, answer.reply, now=now, claim=claim.until)
        return Refreshed(asked=True)
    # It stays due as it was; only the next press of the button waits.
    claims.hold_off(claim, claim.waybills, now + AT_MOST_EVERY)
    refusal = answer.error.message if isinstance(answer.error, BexRejected) else ""
    return Refreshed(asked=True, problem=in_words(answer.error), refusal=refusal)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _lists(run: _Run, *, force: bool, endpoint: str | None) -> Iterator[tuple[list[Waybill], QuerySet[Waybill]]]:
    """What there is to do, a bounded list at a time, with the rows that may still be taken of it."""
    last = None
    while not run.is_over:
        among = claims.under_way(run.moment()) if force else claims.due(run.moment())
        if endpoint is not None:
            among = among.filter(endpoint=endpoint)
        rows = among.exclude(endpoint__in=run.left_alone) if run.left_alone else among
        rows = rows.filter(pk__gt=last.pk) if force and last else rows
        listed = list(rows[:LISTED_AT_ONCE])
        if listed:
            yield listed, among
        if len(listed) < LISTED_AT_ONCE:
            return
        last = listed[-1]


def _look_at(run: _Run, endpoint: str, waybills: Sequence[Waybill], among: QuerySet[Waybill]) -> None:
    for start in range(0, len(waybills), MOST_A_CALL):
        if run.is_over or endpoint in run.left_alone:
            return
        claim = claims.take(waybills[start : start + MOST_A_CALL], among, run.moment())
        if not claim.waybills:
            continue
        askable = [waybill for waybill in claim.waybills if "," not in waybill.waybill_number]
        if len(askable) < len(claim.waybills):
            odd = [waybill for waybill in claim.waybills if waybill not in askable]
            claims.postpone(claim, odd, run.moment() + WAIT_AFTER_REFUSAL)
        if askable:
            _ask(run, endpoint, claim, askable)


def _ask(run: _Run, endpoint: str, claim: claims.Claim, waybills: Sequence[Waybill]) -> None:
    client = gateway.anonymous_client(endpoint)
    # The lease must outlive the last call.
    asking = Asking(client, seconds=claims.LEASE.total_seconds() - 2 * settings.BEX_DEADLINE)
    answers = asking.about(waybills)
    run.calls += asking.calls
    run.parcels += len(waybills)
    some_answered = any(answer.reply is not None for answer in answers)
    for answer in answers:
        if answer.reply is not None:
            run.changed += observing.record(answer.waybills, answer.reply, now=run.moment(), claim=claim.until)
        else:
            run.failed += len(answer.waybills)
            refused = isinstance(answer.error, BexRejected) and len(answer.waybills) == 1
            _put_off(run, claim, answer, is_to_blame=refused and some_answered)
    _mind(run, endpoint, answers)


def _put_off(run: _Run, claim: claims.Claim, answer: Answer, *, is_to_blame: bool) -> None:
    """What was refused while its neighbours were answered is due later. What else was not answered stays due and is
    left for a little, some of it longer, so that the same batch does not come back.
    """
    log.warning("tracking: no answer about %d parcels: %s", len(answer.waybills), answer.error)
    if is_to_blame:
        claims.postpone(claim, answer.waybills, run.moment() + WAIT_AFTER_REFUSAL)
        return
    wait = WAIT_AFTER_FAILURE
    if isinstance(answer.error, BexBusy) and answer.error.retry_after is not None:
        wait = min(max(wait, timedelta(seconds=answer.error.retry_after)), LONGEST_WAIT)
    for part in (answer.waybills[::2], answer.waybills[1::2]):
        claims.hold_off(claim, part, run.moment() + wait * (1 + random.random() / 2))


def _mind(run: _Run, endpoint: str, answers: Sequence[Answer]) -> None:
    """An endpoint that cannot be reached or asks to wait is left alone for the rest of this run; so is one that
    answers nothing usable twice in a row.
    """
    if any(answer.reply is not None for answer in answers):
        run.failures[endpoint] = 0
        return
    run.failures[endpoint] = run.failures.get(endpoint, 0) + 1
    known_alive = any(isinstance(answer.error, BexRejected | BexOutcomeUnknown) for answer in answers)
    if not known_alive or run.failures[endpoint] >= FAILURES_IN_A_ROW:
        run.left_alone.add(endpoint)
