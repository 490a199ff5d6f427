"""The kinds that booking and its accounts know."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Identity, ShippingAccount
from shipments import own_numbers
from shipments.attention.kinds import WHEN_NOTICED, Condition, Kind, Matter
from shipments.filtering import REWEIGHED_DEARER, is_booked_twice, is_late
from shipments.models import SendingHold, Waybill
from shipments.models.waybills import BookingState, HoldReason

ABOUT_THE_PRICE = (HoldReason.PRICE_ROSE, HoldReason.PROMISED_LATER)
STUCK_AFTER = timedelta(minutes=15)
"""Waits and attempts end earlier by themselves: a lease within a minute, a turn at BEX within seconds."""
CONFIRMED_WITHIN = timedelta(days=1)


def _always(condition: Q) -> Condition:
    def whenever(now: datetime) -> Q:
        return condition

    return whenever


def _state(state: BookingState) -> Condition:
    return _always(Q(booking_state=state))


def _settle_twice(waybill: Waybill) -> None:
    Waybill.objects.filter(pk=waybill.pk).update(booked_twice=False)


def _stuck(now: datetime) -> Q:
    waits = Q(booking_state=BookingState.QUEUED, asked_at__lt=now - STUCK_AFTER)
    return waits | Q(booking_state=BookingState.SUBMITTING, updated_at__lt=now - STUCK_AFTER)


def _unconfirmed(now: datetime) -> Q:
    return Q(booking_state=BookingState.BOOKED, number_confirmed=False, booked_at__lt=now - CONFIRMED_WITHIN)


def _moves_after_all(now: datetime) -> Q:
    moved = Q(booking_state=BookingState.CANCELLED, last_event_at__gt=F("cancelled_at"))
    return moved & ~Q(transit_state__in=("", "announced", "returned"))


_TOLERATED = Coalesce(F("consented_total"), Decimal(0)) * F("account__price_tolerance_percent") / 100
"""What the account lets a price rise by."""
_DEARER = Q(booking_state=BookingState.BOOKED, price_difference__gt=_TOLERATED)
_REWEIGHED_DEARER = Q(booking_state=BookingState.BOOKED, reweighed_by__gt=0) & Q(reweighed_by__gt=_TOLERATED)


def _refused_tokens(now: datetime) -> Iterator[Matter]:
    for identity in Identity.objects.in_use().exclude(paused_at=None):
        yield Matter(
            subject=f"identity {identity.pk}",
            title=identity.label,
            words=f"{identity.paused_reason}. Nothing is sent under any of its accounts; what is booked waits.",
            since=identity.paused_at or now,
            link=reverse("admin:accounts_identity_change", args=[identity.pk]),
        )


def _refused_documents(now: datetime) -> Iterator[Matter]:
    """The alternate token is one of its own: booking goes on without it."""
    for identity in Identity.objects.in_use().exclude(documents_refused_at=None):
        if identity.documents_refusal_shown:
            words = "BEX refuses its labels and e-waybills, also those that it gave before. Log it in again."
        else:
            words = (
                "BEX refused the document of a shipment that its tracking shows, and there is none given before to try."
                " Its token for labels and e-waybills may have ended: log it in again."
            )
        yield Matter(
            subject=f"documents {identity.pk}",
            title=f"{identity.label}, for documents",
            words=f"{words} Booking goes on; documents that are kept here can be printed.",
            since=identity.documents_refused_at or now,
            link=reverse("admin:accounts_identity_change", args=[identity.pk]),
        )


def _tokens(now: datetime) -> Iterator[Matter]:
    yield from _refused_tokens(now)
    yield from _refused_documents(now)


def _paused_accounts(now: datetime) -> Iterator[Matter]:
    """Each paused one, and for who may not see identities the accounts of a paused identity."""
    paused = ShippingAccount.objects.exclude(state=ShippingAccount.State.ARCHIVED).select_related("identity")
    for account in paused.filter(Q(state=ShippingAccount.State.PAUSED) | Q(identity__paused_at__isnull=False)):
        reason = account.paused_reason or account.identity.paused_reason or "It is paused"
        yield Matter(
            subject=f"account {account.pk}",
            title=f"{account.number} {account.name}",
            words=f"{reason.rstrip('.')}. What is booked waits. An admin logs the identity in again or resumes it.",
            since=account.identity.paused_at or account.identity.last_refused_at or account.created_at,
            link=reverse("admin:accounts_shippingaccount_change", args=[account.pk]),
            account_id=account.pk,
        )


def _numbers_running_out(now: datetime) -> Iterator[Matter]:
    for low in own_numbers.running_low():
        left = "No waybill number is" if not low.left else f"{low.left} waybill numbers are"
        yield Matter(
            subject=f"account {low.account.pk}",
            title=f"{low.account.number} {low.account.name}",
            words=f"{left} left. Ask BEX for a new range in time.",
            link=reverse("admin:shipments_numberseries_changelist"),
            account_id=low.account.pk,
        )


def _sending_on_hold(now: datetime) -> Iterator[Matter]:
    for hold in SendingHold.objects.open():
        yield Matter(
            subject=f"hold {hold.reason}",
            title="All sending stands still",
            words=f"{hold.get_reason_display()}. {hold.detail}".strip(),
            since=hold.since,
            link=reverse("status"),
        )


KINDS = (
    Kind("booked_twice", "Booked twice", "alert", "bad", 10, by_hand=True, condition=_always(is_booked_twice()),
         settled=_settle_twice),
    Kind("cancelled_moves", "Cancelled, but it moves", "alert", "bad", 11, by_hand=True, condition=_moves_after_all,
         since="last_event_at"),
    Kind("unknown", "Outcome unknown", "unknown", "unsure", 20, condition=_state(BookingState.UNKNOWN)),
    Kind("sending_on_hold", "Sending stands still", "held", "warn", 25, right=None, matters=_sending_on_hold),
    Kind("token_refused", "Token refused", "key", "bad", 26, right=None, matters=_tokens),
    Kind("account_paused", "Account stands still", "held", "warn", 27, right="manage", matters=_paused_accounts),
    Kind("held", "Held", "held", rank=30,
         condition=_always(Q(booking_state=BookingState.HELD) & ~Q(hold_reason__in=ABOUT_THE_PRICE))),
    Kind("price_moved", "Price moved", "scale", rank=31,
         condition=_always(Q(booking_state=BookingState.HELD, hold_reason__in=ABOUT_THE_PRICE))),
    Kind("rejected", "Refused by BEX", "rejected", "bad", 32, condition=_state(BookingState.REJECTED)),
    Kind("stuck", "Waits too long", "queued", rank=33, condition=_stuck, since="asked_at"),
    Kind("unconfirmed", "Number not confirmed", "unknown", "unsure", 35, condition=_unconfirmed, since="booked_at"),
    Kind("late", "Late", "clock", rank=40, condition=is_late, since="promised_by"),
    Kind("attempt_failed", "Attempt failed", "failed", rank=41, since="last_event_at",
         condition=_always(Q(booking_state=BookingState.BOOKED, transit_state="attempt_failed"))),
    Kind("booked_dearer", "Booked dearer than quoted", "scale", rank=45, by_hand=True, since="booked_at",
         condition=_always(_DEARER)),
    Kind(REWEIGHED_DEARER, "Re-weighed dearer", "scale", rank=46, by_hand=True, since=WHEN_NOTICED,
         condition=_always(_REWEIGHED_DEARER)),
    Kind("numbers_low", "Waybill numbers run out", "alert", rank=47, right="manage", matters=_numbers_running_out),
)  # fmt: skip
