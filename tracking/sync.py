"""Looking at parcels: those that are due, in full calls of ten; or one, because somebody wants to know now."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts import gateway
from bexapi import BexBusy, BexRejected
from shipments.models import Waybill
from tracking import claims, observing, schedule
from tracking.asking import MOST_A_CALL, Asking, in_words
from tracking.waves import Run, SyncResult, Wave

log = logging.getLogger(__name__)

LISTED_AT_ONCE = 3000
AT_MOST_EVERY = timedelta(seconds=10)
PATIENCE = 15.0


@dataclass(frozen=True)
class Refreshed:
    """`asked`: BEX was asked just now. `problem`: why there is no answer, in words; '' where there is one."""

    asked: bool
    problem: str = ""
    refusal: str = field(default="", repr=False)


def sync(
    *, force: bool = False, now: datetime | None = None, endpoint: str | None = None, seconds: float | None = None
) -> SyncResult:
    """Looks at every parcel that is due; with `force` at all that are under way.

    N parcels of one endpoint cost ceil(N/10) calls. Safe to run anywhere at any time beside others: no parcel is taken
    twice. What BEX does not answer about stays due. `seconds`: no new call is begun after so long. Never raises a
    BexError. Must not run inside a transaction.
    """
    gateway.refuse_inside_transaction()
    run = Run(now, seconds, schedule.table())
    try:
        for listed, among in _lists(run, force=force, endpoint=endpoint):
            by_endpoint = sorted(listed, key=lambda waybill: waybill.endpoint)
            for where, waybills in groupby(by_endpoint, key=lambda waybill: waybill.endpoint):
                _look_at(run, where, list(waybills), among)
    finally:
        run.threads.shutdown()
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


def _lists(run: Run, *, force: bool, endpoint: str | None) -> Iterator[tuple[list[Waybill], QuerySet[Waybill]]]:
    """What there is to do, a bounded list at a time, with the rows that may still be taken of it."""
    last = None
    while not run.is_over:
        among = claims.under_way(run.moment()) if force else claims.due(run.moment(), run.table)
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


def _look_at(run: Run, endpoint: str, waybills: Sequence[Waybill], among: QuerySet[Waybill]) -> None:
    """In turns at BEX of some seconds each, several calls at a time; what is not begun in time stays due."""
    ahead = deque(waybills)
    while ahead and not run.is_over and endpoint not in run.left_alone:
        # An endpoint that has not answered in this run is tried with one call.
        places = min(settings.TRACKING_CONCURRENCY, -(-len(ahead) // MOST_A_CALL)) if endpoint in run.alive else 1
        try:
            with gateway.turn_at(endpoint, "track", places=places) as turn:
                Wave(run, turn, among).work(ahead)
        except BexBusy as busy:
            log.info("tracking: %s", busy)
            run.left_alone.add(endpoint)
