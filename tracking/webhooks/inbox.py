"""The inbox: what deliveries told is taken out of them, each thing once, and applied when its parcel is known.

Two workers may do so at once, and either may be killed: a delivery is marked in the transaction that stores what it
told, a notification in the one that applies it, and all of it may be done again.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from bexapi.notifications import Delivery as ToldByDelivery
from bexapi.notifications import DeliveryUnreadable, read_delivery
from bexapi.notifications import Notification as ToldOne
from bexapi.redaction import clean
from bexportal import tallies
from tracking.models import Delivery, Notification
from tracking.webhooks import replacing
from tracking.webhooks.attaching import Taken, apply_what_is_new, wake_what_can_be_attached
from tracking.webhooks.pausing import unhurried

log = logging.getLogger(__name__)
AT_ONCE = 100


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
    batch = [
        Opened.of(delivery) for delivery in Delivery.objects.to_be_taken().select_related("subscription")[:AT_ONCE]
    ]
    if not batch:
        return 0
    try:
        with unhurried(), transaction.atomic():
            done.told += _store(_claimed(batch))
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError as error:
        log.warning("inbox: a batch was refused (%s); one by one", type(error).__name__)
        return _one_by_one(batch, done)
    return len(batch)


@dataclass(frozen=True)
class Opened:
    """A delivery and what it tells, or why nothing can be read in it."""

    delivery: Delivery
    read: ToldByDelivery | None
    problem: str = ""

    @classmethod
    def of(cls, delivery: Delivery) -> "Opened":
        try:
            return cls(delivery, read_delivery(bytes(delivery.body)))
        except DeliveryUnreadable as error:
            return cls(delivery, None, f"Nothing can be taken out of it: {error}."[:200])


def _claimed(batch: Sequence[Opened]) -> list[Opened]:
    """Those that nobody took meanwhile, held by this transaction."""
    rows = Delivery.objects.to_be_taken().filter(pk__in=[opened.delivery.pk for opened in batch])
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    held = set(rows.values_list("pk", flat=True))
    return [opened for opened in batch if opened.delivery.pk in held]


def _one_by_one(batch: Sequence[Opened], done: Taken) -> int:
    for opened in batch:
        pk = opened.delivery.pk
        try:
            with unhurried(), transaction.atomic():
                done.told += _store(_claimed([opened]))
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as error:
            log.error("inbox: delivery %s cannot be stored: %s", pk, type(error).__name__)
            why = f"The database does not take what it holds ({type(error).__name__})."
            if Delivery.objects.filter(pk=pk, taken_at=None).update(taken_at=timezone.now(), problem=why):
                tallies.add(tallies.DELIVERIES, opened.delivery.verdict)
    return len(batch)


def _store(batch: Sequence[Opened]) -> int:
    """Stores what they tell and nobody told before, and marks them. How many notifications were new."""
    told: dict[tuple[str, str], tuple[Delivery, ToldOne]] = {}
    for opened in batch:
        for one in opened.read.notifications if opened.read else ():
            told.setdefault((opened.delivery.subscription.courier, one.fingerprint), (opened.delivery, one))
    there = Notification.objects.filter(fingerprint__in=[fingerprint for _, fingerprint in told])
    known = set(there.values_list("courier", "fingerprint"))
    # In one order, so that two workers never wait for each other's rows crosswise.
    new = {key: told[key] for key in sorted(told) if key not in known}
    rows = [_row(courier, *found) for (courier, _), found in new.items()]
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    first_told = Counter(delivery.pk for delivery, _ in new.values())
    for opened in batch:
        _mark(opened, first_told[opened.delivery.pk])
    for verdict, number in Counter(opened.delivery.verdict for opened in batch).items():
        tallies.add(tallies.DELIVERIES, verdict, number)
    return len(new)


def _row(courier: str, delivery: Delivery, one: ToldOne) -> Notification:
    return Notification(
        courier=courier,
        fingerprint=one.fingerprint,
        kind=clean(one.action)[:40],
        waybill_number=clean(one.waybill_number)[:40],
        reference=clean(one.reference)[:100],
        content=clean(one.content),
        delivery=delivery,
        received_at=delivery.received_at,
    )


def _mark(opened: Opened, new: int) -> None:
    changes: dict[str, Any] = {"taken_at": timezone.now(), "problem": opened.problem}
    if opened.read is not None:
        attempt = opened.read.attempt
        changes |= {
            "bex_id": clean(opened.read.id)[:100],
            "attempt": attempt if attempt is not None and 0 <= attempt < 2**31 else None,
            "notifications_count": len(opened.read.notifications),
            "new_count": F("new_count") + new,
        }
        replacing.learn_from(opened.delivery, opened.read.id)
    Delivery.objects.filter(pk=opened.delivery.pk).update(**changes)
