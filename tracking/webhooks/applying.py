"""What each kind of notification changes. Safe to apply again, in any order."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from bexapi.notifications import AttemptTold, NoteTold, PodTold, Told, TrackingTold, UpdateTold, read_notification
from bexapi.redaction import clean
from shipments import evidence, reweighing
from shipments.models import Waybill
from tracking.models import Notification, WaybillNote
from tracking.observing import Said, take_in


def said_by(notification: Notification) -> Told:
    """Raises bexapi.notifications.NotificationUnreadable."""
    return read_notification(notification.content).read()


def apply(notification: Notification, waybill_id: uuid.UUID, told: Told, *, now: datetime) -> None:
    """Changes what follows from it for this waybill. Raises what the database says of values it does not take."""
    with transaction.atomic():
        match told:
            case TrackingTold() | PodTold() | AttemptTold():
                take_in(waybill_id, [_observed(told)], now=now)
            case UpdateTold():
                reweighing.keep(waybill_id, told, source=str(notification.pk), at=notification.received_at)
            case NoteTold():
                _keep_note(notification, waybill_id, told)


def apply_observations(waybill_id: uuid.UUID, told: Iterable[Told], now: datetime) -> None:
    """Several at once: the journey is worked out once for all of them."""
    observed = [_observed(one) for one in told if isinstance(one, TrackingTold | PodTold | AttemptTold)]
    take_in(waybill_id, observed, now=now)


def _observed(told: TrackingTold | PodTold | AttemptTold) -> Said:
    match told:
        case TrackingTold():
            return Said(
                "tracking_event", told.at, at_text=told.at_text, description=told.description, type_id=told.type_id,
                reference=told.reference, user=told.user,
            )  # fmt: skip
        case PodTold():
            return Said("pod", told.at, at_text=told.at_text, signee=told.signee, pieces=told.pieces)
        case AttemptTold():
            return Said(
                "attempted_delivery", told.at, at_text=told.at_text, description=told.reason, comment=told.comment
            )


def _keep_note(notification: Notification, waybill_id: uuid.UUID, told: NoteTold) -> None:
    WaybillNote.objects.update_or_create(
        notification=notification,
        defaults={
            "waybill_id": waybill_id,
            "posted_by": clean(told.posted_by)[:100],
            "at": told.at or notification.received_at,
            "text": clean(told.text),
        },
    )


def prove_unknown(courier: str, number: str, told: Told) -> bool:
    """Whether it is evidence that books a waybill of which nobody knew whether BEX has it."""
    at: datetime | None = getattr(told, "at", None)
    reference = told.reference if isinstance(told, TrackingTold) else ""
    return evidence.told_of(courier, number, reference=reference, at=at)


def waybills_of(courier: str, numbers: set[str]) -> dict[str, uuid.UUID]:
    """By their numbers, those that are here."""
    rows = Waybill.objects.filter(endpoint=courier, waybill_number__in=numbers - {""})
    return dict(rows.values_list("waybill_number", "pk"))
