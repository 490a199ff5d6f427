"""Held waybills, let go together: each by its own verb, under the version and the price that the page showed."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet

from accounts.access import accounts_with_prices, visible
from accounts.models import User
from shipments import booking
from shipments.models import Waybill
from shipments.models.waybills import BookingState, HoldReason

BY_ITSELF = (HoldReason.ACCOUNT_PAUSED, HoldReason.JOURNAL, HoldReason.NUMBERS_USED_UP)
"""They go on when the cause has passed; released before, they would be held again."""


@dataclass
class Outcome:
    """`left`: what stays held, and why."""

    released: list[Waybill] = field(default_factory=list)
    left: list[tuple[Waybill, str]] = field(default_factory=list)


def held_for(user: User) -> QuerySet[Waybill]:
    """What this person may let go, the longest held reason by reason."""
    held = visible(Waybill.objects.filter(booking_state=BookingState.HELD), user, "book")
    return held.select_related("account", "receiver", "priced_by__quote").order_by("hold_reason", "updated_at", "pk")


def why_not(waybill: Waybill, *, sees_prices: bool) -> str:
    """What speaks against letting it go from a list, in words; '' where nothing does."""
    if waybill.hold_reason == HoldReason.COLLECTION_PASSED:
        return "Its collection day has passed: choose another one on its page."
    if waybill.hold_reason in BY_ITSELF:
        return "It goes on by itself when the cause has passed."
    if waybill.hold_reason == HoldReason.PRICE_ROSE:
        if not sees_prices:
            return "Somebody who may see prices has to agree to the new one."
        if waybill.priced_by is None or waybill.priced_by.total is None:
            return "BEX names no total: look at it on its page."
    return ""


def release(by: User, wanted: Mapping[uuid.UUID, int]) -> Outcome:
    """Lets those waybills go whose version is still the one that was shown. A risen price is agreed to by it."""
    outcome = Outcome()
    priced = accounts_with_prices(by)
    for waybill in visible(Waybill.objects.filter(pk__in=wanted), by, "book").select_related("account", "priced_by"):
        reason = _release(waybill, by, wanted[waybill.pk], sees_prices=waybill.account_id in priced)
        if reason:
            outcome.left.append((waybill, reason))
        else:
            outcome.released.append(waybill)
    return outcome


def _release(waybill: Waybill, by: User, version: int, *, sees_prices: bool) -> str:
    reason = why_not(waybill, sees_prices=sees_prices)
    if reason:
        return reason
    try:
        if waybill.hold_reason == HoldReason.PRICE_ROSE and waybill.priced_by and waybill.priced_by.total is not None:
            booking.consent(waybill.pk, by, version, waybill.priced_by.total)
        else:
            booking.release(waybill.pk, by, version)
    except booking.Stale:
        return "It changed since the page was shown."
    except booking.NotNow as error:
        return error.reason
    return ""
