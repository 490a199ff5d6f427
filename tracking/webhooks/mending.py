"""What a person does about deliveries and notifications: takes them again, attaches them by hand. And what is thrown
away in time.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import trail
from accounts.models import User
from shipments.models import Waybill
from tracking.models import Delivery, Notification
from tracking.models.webhooks import TO_BE_TAKEN
from tracking.webhooks.bell import BELL

FORGOTTEN_AT_ONCE = 1000
State = Notification.State


class NoSuchWaybill(Exception):
    """No waybill here has this number."""


def take_again(delivery: Delivery, by: User | str) -> bool:
    """Takes it out and applies it once more; what was applied before stays as it is. False where it was refused."""
    if not delivery.is_good:
        return False
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(taken_at=None, problem="")
        told = delivery.notifications.exclude(state=State.NEW)
        told.update(state=State.NEW, attempts=0, next_try_at=None, why="")
        trail.record(by, "webhook.delivery_taken_again", None, delivery=str(delivery.pk))
    BELL.ring_soon()
    return True


def apply_again(notification: Notification, by: User | str) -> None:
    with transaction.atomic():
        Notification.objects.filter(pk=notification.pk).update(state=State.NEW, attempts=0, next_try_at=None, why="")
        trail.record(by, "webhook.notification_again", notification)
    BELL.ring_soon()


def attach(notification: Notification, number: str, by: User | str) -> Waybill:
    """To the waybill with this number, as a person says. Raises NoSuchWaybill."""
    waybill = Waybill.objects.filter(endpoint=notification.courier, waybill_number=number.strip()).first()
    if waybill is None or not number.strip():
        raise NoSuchWaybill
    with transaction.atomic():
        Notification.objects.filter(pk=notification.pk).update(
            waybill=waybill, state=State.NEW, attempts=0, next_try_at=None, why=""
        )
        trail.record(by, "webhook.notification_attached", notification, waybill=str(waybill.pk))
    BELL.ring_soon()
    return waybill


def forget_old_deliveries() -> int:
    """Deliveries older than WEBHOOK_RETENTION_DAYS. What they told stays, and what was not taken yet as well."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    old = Delivery.objects.filter(received_at__lt=before).exclude(TO_BE_TAKEN)
    forgotten = 0
    while keys := list(old.order_by("received_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        with transaction.atomic():
            Notification.objects.filter(delivery__in=keys).update(delivery=None)
            forgotten += Delivery.objects.filter(pk__in=keys).delete()[0]
    return forgotten
