"""Waybills that were held for a cause that passes by itself go on when it has passed."""

import uuid
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts import gateway
from accounts.models import Identity, ShippingAccount
from shipments import canaries, journal, own_numbers
from shipments.changing import Stale, decided, taking
from shipments.models import Decision, Waybill
from shipments.models.waybills import BookingState, HoldReason
from shipments.promise import FIRST_LOOK_UPS_DONE

MOST_AT_ONCE = 200
LONGER_THAN_SEEN = 2


def resume_what_may_go_on() -> int:
    """Held for a paused account that is active again, a journal that can be written again, or numbers of our own that
    are there again. How many.
    """
    held = Waybill.objects.filter(booking_state=BookingState.HELD)
    active = held.filter(
        hold_reason__in=(HoldReason.ACCOUNT_PAUSED, HoldReason.ACCESS_REFUSED),
        account__state=ShippingAccount.State.ACTIVE,
        account__identity__paused_at=None,
        account__identity__archived_at=None,
    )
    # Not to be held again, and written again, every few seconds.
    able = [identity for identity in _identities_of(active) if gateway.has_token(identity)]
    active = active.filter(account__identity__in=able)
    paused = active.filter(hold_reason=HoldReason.ACCOUNT_PAUSED)
    waiting = list(paused.values_list("pk", "version")[:MOST_AT_ONCE])
    waiting += _surely_not_booked(active.filter(hold_reason=HoldReason.ACCESS_REFUSED), timezone.now())
    if _journal_is_back():
        journalled = held.filter(hold_reason=HoldReason.JOURNAL)
        waiting += list(journalled.values_list("pk", "version")[:MOST_AT_ONCE])
    for account in ShippingAccount.objects.filter(pk__in=_without_numbers(held).values("account")):
        if own_numbers.are_left(account):
            waiting += list(_without_numbers(held).filter(account=account).values_list("pk", "version")[:MOST_AT_ONCE])
    return sum(_resume(pk, version) for pk, version in waiting)


def _surely_not_booked(refused: QuerySet[Waybill], now: datetime) -> list[tuple[uuid.UUID, int]]:
    """A refusal can follow a commit. What was sent goes on by itself only where such look-ups are known to find what
    is there, and only after longer than that took; else a person lets it go.
    """
    found = []
    for waybill in refused.prefetch_related("attempts")[:MOST_AT_ONCE]:
        last = max(waybill.attempts.all(), key=lambda attempt: attempt.number)
        worth = canaries.worth(waybill.endpoint, now)
        long_ago = worth.slowest is not None and now - last.claimed_at > LONGER_THAN_SEEN * worth.slowest
        if long_ago and last.look_ups_done >= FIRST_LOOK_UPS_DONE:
            found.append((waybill.pk, waybill.version))
    return found


def _without_numbers(held: QuerySet[Waybill]) -> QuerySet[Waybill]:
    return held.filter(hold_reason=HoldReason.NUMBERS_USED_UP)


def _identities_of(waybills: QuerySet[Waybill]) -> QuerySet[Identity]:
    return Identity.objects.filter(pk__in=waybills.values("account__identity"))


def _resume(pk: uuid.UUID, version: int) -> bool:
    try:
        with taking(pk, version) as waybill:
            decided(waybill, Decision.Kind.RESUMED, None, note=HoldReason(waybill.hold_reason).label)
            waybill.hold_reason = ""
            waybill.send_after = timezone.now()
    except Stale:
        return False
    return True


def _journal_is_back() -> bool:
    try:
        journal.check_writable()
    except journal.JournalUnusable:
        return False
    return True
