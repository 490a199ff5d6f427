"""What was told finds its parcel, now or later; what is poisonous is set aside and holds up nothing else."""

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from bexapi.notifications import AttemptTold, NotificationUnreadable, PodTold, Told, TrackingTold
from shipments.models import Submission, Waybill
from shipments.models.attempts import Outcome
from tracking.models import Notification
from tracking.webhooks import applying
from tracking.webhooks.pausing import unhurried

log = logging.getLogger(__name__)
AT_ONCE = 500
MOST_TRIES = 3
WAIT_AFTER_FAILURE = timedelta(seconds=20)
State = Notification.State
Pair = tuple[Notification, Told]


@dataclass
class Taken:
    """`deliveries`: looked into. `told`: notifications new among them. `applied`, `waiting`, `poisoned`: what became
    of notifications in this run.
    """

    deliveries: int = 0
    told: int = 0
    applied: int = 0
    waiting: int = 0
    poisoned: int = 0

    def __str__(self) -> str:
        return (
            f"{self.deliveries} deliveries with {self.told} new notifications; {self.applied} applied, "
            f"{self.waiting} not attached, {self.poisoned} that cannot be taken"
        )


def wake_what_can_be_attached() -> int:
    """What waited for a parcel that is known by now, or for an unknown booking that it may prove. How many."""
    there = Waybill.objects.filter(endpoint=OuterRef("courier"), waybill_number=OuterRef("waybill_number"))
    open_ones = Submission.objects.filter(endpoint=OuterRef("courier"), waybill_number="")
    numbered = open_ones.filter(own_number=OuterRef("waybill_number"), outcome=Outcome.LOST)
    referred = open_ones.filter(reference=OuterRef("reference"), outcome__in=(Outcome.LOST, Outcome.REFUSED))
    waiting = Notification.objects.filter(state=State.WAITING).exclude(waybill_number="")
    known = Q(Exists(there)) | Q(Exists(numbered)) | (~Q(reference="") & Q(Exists(referred)))
    return waiting.filter(known).update(state=State.NEW, next_try_at=None)


def apply_what_is_new(done: Taken, go_on: Callable[[], bool]) -> None:
    """Raises OperationalError where the database goes away."""
    while go_on() and (batch := _ready(timezone.now())):
        _apply(batch, done)


def _ready(now: datetime) -> list[Notification]:
    ready = Q(next_try_at=None) | Q(next_try_at__lte=now)
    return list(Notification.objects.filter(ready, state=State.NEW).order_by("received_at", "pk")[:AT_ONCE])


def _apply(batch: Sequence[Notification], done: Taken) -> None:
    by_parcel: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for notification in batch:
        try:
            told = applying.said_by(notification)
        except NotificationUnreadable as error:
            why = str(error)
            done.poisoned += _set(notification, State.POISONED, f"{why[:1].upper()}{why[1:]}.")
            continue
        if notification.waybill_id is not None:  # attached by hand
            _apply_one(notification, told, notification.waybill_id, done)
        else:
            by_parcel[notification.courier, notification.waybill_number].append((notification, told))
    known = _known(by_parcel)
    for (courier, number), pairs in by_parcel.items():
        waybill_id = known.get((courier, number)) or _proven(courier, number, pairs)
        if waybill_id is None:
            why = f"No waybill here has the number {number} yet." if number else "BEX names no waybill in it."
            for notification, _ in pairs:
                done.waiting += _set(notification, State.WAITING, why)
        else:
            _apply_all(pairs, waybill_id, done)


def _known(parcels: dict[tuple[str, str], list[Pair]]) -> dict[tuple[str, str], uuid.UUID]:
    found: dict[tuple[str, str], uuid.UUID] = {}
    for courier in {courier for courier, _ in parcels}:
        numbers = {number for of_courier, number in parcels if of_courier == courier}
        found |= {(courier, number): pk for number, pk in applying.waybills_of(courier, numbers).items()}
    return found


def _proven(courier: str, number: str, pairs: Sequence[Pair]) -> uuid.UUID | None:
    """The waybill that was unknown and that one of these proves to be booked; None where none does."""
    if not number:
        return None
    try:
        proven = any(applying.prove_unknown(courier, number, told) for _, told in pairs)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - one that cannot be weighed must not hold up the others
        log.error("inbox: whether a notification proves a booking cannot be said: %s", type(error).__name__)
        return None
    return applying.waybills_of(courier, {number}).get(number) if proven else None


def _apply_all(pairs: Sequence[Pair], waybill_id: uuid.UUID, done: Taken) -> None:
    """What happened to one parcel, together: its journey is worked out once. Where that fails, each by itself."""
    observed = [pair for pair in pairs if isinstance(pair[1], TrackingTold | PodTold | AttemptTold)]
    together = len(observed) > 1 and _apply_together(observed, waybill_id, done)
    for notification, told in pairs:
        if not (together and isinstance(told, TrackingTold | PodTold | AttemptTold)):
            _apply_one(notification, told, waybill_id, done)


def _apply_together(pairs: Sequence[Pair], waybill_id: uuid.UUID, done: Taken) -> bool:
    now = timezone.now()
    try:
        with unhurried(), transaction.atomic():
            applying.apply_observations(waybill_id, [told for _, told in pairs], now)
            rows = Notification.objects.filter(pk__in=[notification.pk for notification, _ in pairs])
            rows.update(state=State.TAKEN, waybill=waybill_id, why="", taken_at=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - which of them it is, is found out one by one
        log.warning("inbox: several of one parcel failed together: %s", type(error).__name__)
        return False
    done.applied += len(pairs)
    return True


def _apply_one(notification: Notification, told: Told, waybill_id: uuid.UUID, done: Taken) -> None:
    now = timezone.now()
    try:
        with unhurried(), transaction.atomic():
            applying.apply(notification, waybill_id, told, now=now)
            rows = Notification.objects.filter(pk=notification.pk)
            rows.update(state=State.TAKEN, waybill=waybill_id, why="", taken_at=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - a poisonous one must not hold up the others
        log.error("inbox: notification %s failed: %s", notification.pk, type(error).__name__)
        done.poisoned += _failed(notification, error)
    else:
        done.applied += 1


def _failed(notification: Notification, error: Exception) -> int:
    """Tried again a few times; then it is poisonous, and a person sees it. 1 where that is so."""
    attempts = notification.attempts + 1
    is_poison = attempts >= MOST_TRIES
    Notification.objects.filter(pk=notification.pk, state=State.NEW).update(
        attempts=attempts,
        why=f"It could not be applied: {type(error).__name__}.",
        next_try_at=None if is_poison else timezone.now() + WAIT_AFTER_FAILURE * attempts,
        state=State.POISONED if is_poison else State.NEW,
    )
    return int(is_poison)


def _set(notification: Notification, state: Notification.State, why: str) -> int:
    return Notification.objects.filter(pk=notification.pk, state=State.NEW).update(state=state, why=why[:300])
