"""The inbox: what deliveries told is taken out of them, each thing once, and applied when its parcel is known.

Two workers may do so at once, and either may be killed: a delivery is marked in the transaction that stores what it
told, a notification in the one that applies it, and all of it may be done again.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from bexapi.notifications import DeliveryUnreadable, read_delivery
from bexapi.notifications import Notification as ToldOne
from bexapi.redaction import clean
from tracking.models import Delivery, Notification
from tracking.webhooks import replacing
from tracking.webhooks.attaching import Taken, apply_what_is_new, wake_what_can_be_attached

log = logging.getLogger(__name__)
AT_ONCE = 200


def take(*, seconds: float | None = None, go_on: Callable[[], bool] = lambda: True) -> Taken:
    """Takes what waits, for at most about so long and while `go_on` says so, which is asked before each batch.

    Raises OperationalError where the database goes away.
    """
    done, began = Taken(), time.monotonic()

    def may_go_on() -> bool:
        return (seconds is None or time.monotonic() - began < seconds) and go_on()

    while may_go_on() and (deliveries := _take_deliveries(done)):
        done.deliveries += deliveries
        apply_what_is_new(done, may_go_on)
    wake_what_can_be_attached()
    apply_what_is_new(done, may_go_on)
    if done.deliveries or done.applied:
        log.info("inbox: %s", done)
    return done


def _take_deliveries(done: Taken) -> int:
    """One batch. Where the database refuses something in it, one by one, so that only what is refused stays behind."""
    told = 0
    try:
        with transaction.atomic():
            batch = _claimed()
            for delivery in batch:
                told += _take_out(delivery)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError as error:
        log.warning("inbox: a batch was refused (%s); one by one", type(error).__name__)
        return _one_by_one(done)
    done.told += told
    return len(batch)


def _claimed() -> list[Delivery]:
    waiting = Delivery.objects.to_be_taken().select_related("subscription")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True, of=("self",))
    return list(waiting[:AT_ONCE])


def _one_by_one(done: Taken) -> int:
    keys = list(Delivery.objects.to_be_taken().values_list("pk", flat=True)[:AT_ONCE])
    for pk in keys:
        try:
            with transaction.atomic():
                done.told += _take_out(Delivery.objects.select_related("subscription").get(pk=pk))
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as error:
            log.error("inbox: delivery %s cannot be stored: %s", pk, type(error).__name__)
            why = f"The database does not take what it holds ({type(error).__name__})."
            Delivery.objects.filter(pk=pk, taken_at=None).update(taken_at=timezone.now(), problem=why)
    return len(keys)


def _take_out(delivery: Delivery) -> int:
    """Stores what it tells and nobody told before; marks it. How many notifications were new."""
    changes: dict[str, Any] = {"taken_at": timezone.now(), "problem": ""}
    new = 0
    try:
        read = read_delivery(bytes(delivery.body))
    except DeliveryUnreadable as error:
        changes["problem"] = f"Nothing can be taken out of it: {error}."[:200]
    else:
        new = _store(delivery, {told.fingerprint: told for told in read.notifications})
        known = read.attempt is not None and 0 <= read.attempt < 2**31
        changes |= {
            "bex_id": clean(read.id)[:100],
            "attempt": read.attempt if known else None,
            "notifications_count": len(read.notifications),
            "new_count": F("new_count") + new,
        }
        replacing.learn_from(delivery, read.id)
    Delivery.objects.filter(pk=delivery.pk).update(**changes)
    return new


def _store(delivery: Delivery, told: Mapping[str, ToldOne]) -> int:
    if not told:
        return 0
    courier = delivery.subscription.courier
    there = Notification.objects.filter(courier=courier, fingerprint__in=list(told))
    known = set(there.values_list("fingerprint", flat=True))
    # In one order, so that two workers never wait for each other's rows crosswise.
    rows = [
        Notification(
            courier=courier,
            fingerprint=fingerprint,
            kind=clean(one.action)[:40],
            waybill_number=clean(one.waybill_number)[:40],
            reference=clean(one.reference)[:100],
            content=clean(one.content),
            delivery=delivery,
            received_at=delivery.received_at,
        )
        for fingerprint, one in sorted(told.items())
        if fingerprint not in known
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
