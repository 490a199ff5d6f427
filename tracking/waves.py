"""One sweep's calls: several at a time within a turn at BEX, and what becomes of their answers.

Threads ask and nothing else; the database is touched by the thread that sweeps. While BEX has not answered in this
sweep it is asked one call at a time.
"""

import logging
import random
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts import gateway
from accounts.turns import Turn
from bexapi import BexBusy, BexOutcomeUnknown, BexRejected
from shipments.models import Waybill
from tracking import claims, observing, schedule
from tracking.asking import MOST_A_CALL, Answer, Asking

log = logging.getLogger(__name__)

TURN_SECONDS = 5.0
"""How long a sweep keeps its permits before others may have them."""
LOOKED_EVERY = 1.0
WAIT_AFTER_FAILURE = timedelta(seconds=60)
WAIT_AFTER_REFUSAL = timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=1)
FAILURES_IN_A_ROW = 2


@dataclass(frozen=True)
class SyncResult:
    """`parcels`: asked about. `calls`: made to BEX. `changed`: had news. `failed`: BEX did not answer about them.
    `left_alone`: endpoints that do not answer or ask to wait, so that what is due there was not asked about.
    """

    parcels: int = 0
    calls: int = 0
    changed: int = 0
    failed: int = 0
    left_alone: int = 0

    def __str__(self) -> str:
        looked = f"{_counted(self.parcels, 'parcel')} looked at in {_counted(self.calls, 'call')}"
        left = "; BEX was left alone, and what is due there waits" if self.left_alone else ""
        return f"{looked}: {self.changed} with news, {self.failed} without an answer{left}"


@dataclass
class Run:
    """One sweep: what it did so far, which endpoints have answered and which it leaves alone now. `seconds` bounds it,
    None does not.
    """

    now: datetime | None
    seconds: float | None
    table: schedule.Table
    parcels: int = 0
    calls: int = 0
    changed: int = 0
    failed: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    left_alone: set[str] = field(default_factory=set)
    alive: set[str] = field(default_factory=set)
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(settings.TRACKING_CONCURRENCY, "asks-bex"), repr=False
    )
    _began: float = field(default_factory=time.monotonic)

    def moment(self) -> datetime:
        return self.now or timezone.now()

    @property
    def is_over(self) -> bool:
        return self.seconds is not None and time.monotonic() - self._began > self.seconds

    @property
    def result(self) -> SyncResult:
        return SyncResult(self.parcels, self.calls, self.changed, self.failed, len(self.left_alone))


@dataclass
class _Batch:
    """At most ten, taken by one claim, on their way to be asked about."""

    claim: claims.Claim
    waybills: Sequence[Waybill]
    asking: Asking

    def ask(self) -> list[Answer]:
        """Nothing where it comes too late: they are left until their lease ends."""
        return [] if self.asking.is_too_late else self.asking.about(self.waybills)


class Wave:
    """The calls of one turn. What it did not begin is left in `ahead`."""

    def __init__(self, run: Run, turn: Turn, among: QuerySet[Waybill]) -> None:
        self.run, self.turn, self.among = run, turn, among
        self._client = gateway.anonymous_client(turn.endpoint)
        self._is_trial = turn.endpoint not in run.alive and settings.TRACKING_CONCURRENCY > 1
        # Where there is a permit for every thread, the threads are the bound: work may wait for them, so that none of
        # them waits for the database.
        all_threads = turn.places == settings.TRACKING_CONCURRENCY
        self._most = turn.places * 2 if all_threads and not self._is_trial else turn.places
        self._until = time.monotonic() + TURN_SECONDS
        self._ready: deque[_Batch] = deque()
        self._same: dict[datetime, list[Waybill]] = {}
        self._asked: dict[Future[list[Answer]], _Batch] = {}

    def work(self, ahead: deque[Waybill]) -> None:
        while True:
            if self.turn.endpoint in self.run.left_alone:
                self._let_go()
            self._hand_out()
            if ahead and not self._ready and self._may_begin:
                self._store()
                self._take(ahead)
                self._hand_out()
            if self._asked:
                self._wait()
            elif not (ahead and self._may_begin):
                self._store()
                return

    def _hand_out(self) -> None:
        while self._ready and len(self._asked) < self._most:
            batch = self._ready.popleft()
            self._asked[self.run.threads.submit(partial(copy_context().run, batch.ask))] = batch

    @property
    def _may_begin(self) -> bool:
        """Once an endpoint has answered its first call, the next turn is a wider one."""
        if self._is_trial and (self._asked or self.turn.endpoint in self.run.alive):
            return False
        return self.turn.endpoint not in self.run.left_alone and not self.run.is_over and time.monotonic() < self._until

    def _take(self, ahead: deque[Waybill]) -> None:
        """As many as keep every place busy once, in one query."""
        now, most = self.run.moment(), MOST_A_CALL * self.turn.places
        claim = claims.take([ahead.popleft() for _ in range(min(most, len(ahead)))], self.among, now)
        askable = [waybill for waybill in claim.waybills if "," not in waybill.waybill_number]
        if len(askable) < len(claim.waybills):
            odd = [waybill for waybill in claim.waybills if "," in waybill.waybill_number]
            claims.postpone(claim, odd, now + WAIT_AFTER_REFUSAL)
        for start in range(0, len(askable), MOST_A_CALL):
            # The lease must outlive the last call.
            asking = Asking(self._client, seconds=claims.LEASE.total_seconds() - 2 * settings.BEX_DEADLINE)
            self._ready.append(_Batch(claim, askable[start : start + MOST_A_CALL], asking))

    def _wait(self) -> None:
        done, _ = wait(self._asked, timeout=LOOKED_EVERY, return_when=FIRST_COMPLETED)
        for future in done:
            batch = self._asked.pop(future)
            self.run.calls += batch.asking.calls
            self._same.setdefault(batch.claim.until, []).extend(
                _take_in(self.run, self.turn.endpoint, batch.claim, future.result())
            )
        try:
            self.turn.keep()
        except BexBusy:
            # Somebody else has the permits by now: nothing more is asked with them.
            self._until = 0.0
            self._let_go()
            for batch in self._asked.values():
                batch.asking.seconds = 0.0

    def _store(self) -> None:
        """That there is nothing new, of many at once."""
        now = self.run.moment()
        for claim, waybills in self._same.items():
            observing.looked_at(waybills, now=now, claim=claim, table=self.run.table)
        self._same.clear()

    def _let_go(self) -> None:
        """What is not being asked yet stays due as it was."""
        waiting = [future for future in self._asked if future.cancel()]
        for batch in (*self._ready, *(self._asked.pop(future) for future in waiting)):
            claims.let_go(batch.claim, batch.waybills)
        self._ready.clear()


def _take_in(run: Run, endpoint: str, claim: claims.Claim, answers: Sequence[Answer]) -> list[Waybill]:
    """Keeps the news; of which parcels there are none."""
    run.parcels += sum(len(answer.waybills) for answer in answers)
    some_answered = any(answer.reply is not None for answer in answers)
    without_news: list[Waybill] = []
    for answer in answers:
        if answer.reply is not None:
            same, changed = observing.keep_news(
                answer.waybills, answer.reply, now=run.moment(), claim=claim.until, table=run.table
            )
            run.changed += changed
            without_news += same
        else:
            run.failed += len(answer.waybills)
            refused = isinstance(answer.error, BexRejected) and len(answer.waybills) == 1
            _put_off(run, claim, answer, is_to_blame=refused and some_answered)
    _mind(run, endpoint, answers)
    return without_news


def _put_off(run: Run, claim: claims.Claim, answer: Answer, *, is_to_blame: bool) -> None:
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


def _mind(run: Run, endpoint: str, answers: Sequence[Answer]) -> None:
    """An endpoint that cannot be reached or asks to wait is left alone for the rest of this run; so is one that
    answers nothing usable twice in a row.
    """
    if not answers:
        return
    if any(answer.reply is not None for answer in answers):
        run.failures[endpoint] = 0
        run.alive.add(endpoint)
        return
    run.failures[endpoint] = run.failures.get(endpoint, 0) + 1
    known_alive = any(isinstance(answer.error, BexRejected | BexOutcomeUnknown) for answer in answers)
    if not known_alive or run.failures[endpoint] >= FAILURES_IN_A_ROW:
        run.left_alone.add(endpoint)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
