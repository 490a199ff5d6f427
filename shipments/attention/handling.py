"""What a person does about a case beside dealing with its cause: takes it, notes something, snoozes it, settles it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from shipments.attention.cases import Case, case_of
from shipments.attention.kinds import kind_of
from shipments.models import AttentionMark

MORNING = time(7)
LONGEST_NOTE = 500


class Gone(Exception):
    """There is no such case any more, or none that this person may see or act on."""


class NotSo(Exception):
    """Somebody else was first, or something is missing. `reason` says what, for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def take(user: User, kind: str, key: str) -> AttentionMark:
    """The case is this person's from now on; whoever had it before is told on the page."""
    return _change(user, kind, key, Q(), taken_by=user, taken_at=timezone.now())


def let_go(user: User, kind: str, key: str) -> AttentionMark:
    return _change(user, kind, key, Q(taken_by=user), taken_by=None, taken_at=None)


def note(user: User, kind: str, key: str, text: str) -> AttentionMark:
    """Replaces the note; an empty one takes it away."""
    if len(text) > LONGEST_NOTE:
        raise NotSo(f"The note has {len(text)} characters; at most {LONGEST_NOTE} are kept.")
    return _change(user, kind, key, Q(), note=text, noted_by=user, noted_at=timezone.now())


def snooze(user: User, kind: str, key: str, until: datetime) -> AttentionMark:
    """Not shown before that moment, and nobody is told; then it is there again if its cause still is."""
    return _change(user, kind, key, Q(), snoozed_until=until)


def wake(user: User, kind: str, key: str) -> AttentionMark:
    return _change(user, kind, key, Q(), snoozed_until=None)


def settle(user: User, kind: str, key: str, text: str) -> AttentionMark:
    """For causes that do not go by themselves: a person says what was done about it, and the case is closed."""
    if not text:
        raise NotSo("Say what was done about it, for instance whom at BEX you spoke to.")
    known = kind_of(kind)
    if known is None or not known.by_hand:
        raise NotSo("This goes by itself when its cause is gone.")
    now = timezone.now()
    with transaction.atomic():
        mark = _change(
            user, kind, key, Q(settled_at=None), settled_by=user, settled_at=now, note=text[:LONGEST_NOTE],
            noted_by=user, noted_at=now,
        )  # fmt: skip
        if known.settled is not None and mark.waybill is not None:
            known.settled(mark.waybill)
    return mark


SNOOZES: dict[str, tuple[str, Callable[[datetime], datetime]]] = {
    "hour": ("for an hour", lambda now: now + timedelta(hours=1)),
    "tomorrow": ("until tomorrow, 07:00", lambda now: morning(now, 1)),
    "monday": ("until Monday, 07:00", lambda now: morning(now, 7 - timezone.localtime(now).weekday())),
}


def morning(now: datetime, days: int) -> datetime:
    day = timezone.localdate(now) + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, MORNING))


def _change(user: User, kind: str, key: str, only: Q, **values: Any) -> AttentionMark:
    case = _case(user, kind, key)
    with transaction.atomic():
        mark = opened(case)
        if not AttentionMark.objects.filter(only, pk=mark.pk, closed_at=None).update(**values):
            raise NotSo("Somebody else was first; this is how it stands now.")
    mark.refresh_from_db()
    return mark


def _case(user: User, kind: str, key: str) -> Case:
    known = kind_of(kind)
    case = case_of(user, known, key, timezone.now()) if known else None
    if case is None or not case.may_act:
        raise Gone
    return case


def opened(case: Case) -> AttentionMark:
    """The case's open mark, made where there is none; two at once get the same."""
    about: dict[str, Any] = {"waybill": case.waybill} if case.waybill else {"waybill": None, "subject": case.key}
    rows: QuerySet[AttentionMark] = AttentionMark.objects.filter(kind=case.kind.code, closed_at=None, **about)
    found = rows.first()
    if found is None:
        try:
            with transaction.atomic():
                found = AttentionMark.objects.create(kind=case.kind.code, **about)
        except IntegrityError:
            found = rows.get()
    return found
