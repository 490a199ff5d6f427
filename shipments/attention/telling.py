"""Mails to staff who may act: at once (together, at most every few minutes) or as a digest each morning.

What a person was told is a moment: everything that was noticed before it. It moves on after the mail has gone, so a
mail that fails, or a worker that dies, is made up for; at worst somebody is told twice. No personal data is in a mail.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.access import accounts_for
from accounts.models import User
from accounts.models.people import AttentionMail
from shipments.attention.cases import waybills_of
from shipments.attention.handling import morning
from shipments.attention.kinds import Kind, all_kinds
from shipments.models import AttentionMark, Waybill

log = logging.getLogger(__name__)
GRACE = timedelta(minutes=2)
"""What mends itself within it is nobody's mail."""
AT_MOST_EVERY = timedelta(minutes=5)
TRIED_AGAIN_AFTER = timedelta(minutes=10)
MOST_NAMED = 50
MOST_NOTICED = 2000


def notice(now: datetime) -> None:
    """Opens a mark for each case that has none, and closes those whose cause has gone."""
    for kind in all_kinds():
        if kind.condition is not None:
            _notice_waybills(kind, now)
        else:
            _notice_matters(kind, now)


def tell(now: datetime) -> int:
    """Sends what is due to be told; to how many."""
    told = 0
    for person in _listeners(now):
        # The claim: no other worker writes to this person before that moment.
        due = Q(attention_next_at=None) | Q(attention_next_at__lte=now)
        if User.objects.filter(due, pk=person.pk).update(attention_next_at=now + TRIED_AGAIN_AFTER):
            told += _tell(person, now)
    return told


def _notice_waybills(kind: Kind, now: datetime) -> None:
    assert kind.condition is not None  # noqa: S101 - the caller asks for kinds of waybills
    there = Waybill.objects.filter(kind.condition(now))
    marks = AttentionMark.objects.filter(kind=kind.code, closed_at=None, waybill__isnull=False)
    marks.exclude(waybill__in=there.values("pk")).update(closed_at=now)
    new = there.exclude(Exists(marks.filter(waybill=OuterRef("pk")))).order_by().values_list("pk", flat=True)
    rows = [AttentionMark(kind=kind.code, waybill_id=pk, noticed_at=now) for pk in new[:MOST_NOTICED]]
    AttentionMark.objects.bulk_create(rows, ignore_conflicts=True)


def _notice_matters(kind: Kind, now: datetime) -> None:
    assert kind.matters is not None  # noqa: S101 - the caller asks for kinds of matters
    there = {matter.subject for matter in kind.matters(now)}
    marks = AttentionMark.objects.filter(kind=kind.code, closed_at=None, waybill=None)
    marks.exclude(subject__in=there).update(closed_at=now)
    new = there - set(marks.values_list("subject", flat=True))
    rows = [AttentionMark(kind=kind.code, subject=subject, noticed_at=now) for subject in sorted(new)]
    AttentionMark.objects.bulk_create(rows, ignore_conflicts=True)


def _listeners(now: datetime) -> Iterable[User]:
    people = User.objects.filter(is_active=True, is_service=False).exclude(email="")
    people = people.exclude(attention_mail=AttentionMail.NEVER)
    return people.filter(Q(attention_next_at=None) | Q(attention_next_at__lte=now)).order_by("pk")


def _tell(person: User, now: datetime) -> bool:
    at_once = person.attention_mail == AttentionMail.AT_ONCE
    if not at_once and person.attention_next_at is None:  # the first digest comes in the morning, not now
        _done(person, now, at_once=False)
        return False
    until = now - GRACE
    since = person.attention_told_until if at_once else None
    lines = _lines(person, since, until, now)
    if not lines:
        _done(person, until, at_once=at_once)
        return False
    if not _send(person, lines, at_once=at_once):
        return False  # tried again when the claim has run out
    _done(person, until, at_once=at_once)
    return True


def _done(person: User, until: datetime, *, at_once: bool) -> None:
    now = timezone.now()
    next_at = now + AT_MOST_EVERY if at_once else morning(now, 1)
    User.objects.filter(pk=person.pk).update(attention_told_until=until, attention_next_at=next_at)


def _lines(person: User, since: datetime | None, until: datetime, now: datetime) -> list[dict[str, Any]]:
    """What this person may act on: noticed after `since` for who is told at once, all that is open for a digest."""
    found = []
    for kind in all_kinds():
        if kind.condition is not None and kind.right is not None:
            found += _waybill_lines(kind, person, since, until, now)
        elif kind.matters is not None:
            found += _matter_lines(kind, person, since, until, now)
    return found


def _open(kind: Kind, since: datetime | None, until: datetime, now: datetime) -> Any:
    marks = AttentionMark.objects.filter(kind=kind.code, closed_at=None, noticed_at__lte=until)
    if since is not None:
        marks = marks.filter(noticed_at__gt=since)
    return marks.exclude(snoozed_until__gt=now).exclude(settled_at__isnull=False)


def _waybill_lines(kind: Kind, person: User, since: datetime | None, until: datetime, now: datetime) -> list[Any]:
    assert kind.right is not None  # noqa: S101 - see above
    marks = _open(kind, since, until, now).filter(waybill=OuterRef("pk"))
    rows = waybills_of(kind, None, now).filter(Exists(marks), account__in=accounts_for(person, kind.right))
    return [
        {"kind": kind.title, "name": str(row), "path": reverse("waybill", args=[row.pk])}
        for row in rows.order_by("-created_at")[:MOST_NAMED]
    ]


def _matter_lines(kind: Kind, person: User, since: datetime | None, until: datetime, now: datetime) -> list[Any]:
    assert kind.matters is not None  # noqa: S101 - see above
    known = set(_open(kind, since, until, now).filter(waybill=None).values_list("subject", flat=True))
    if not known:
        return []
    may: set[Any] = set()
    if kind.right is not None:
        may = set(accounts_for(person, kind.right).values_list("pk", flat=True))
    return [
        {"kind": kind.title, "name": matter.title, "path": reverse("attention")}
        for matter in kind.matters(now)
        if matter.subject in known and (person.is_superuser or matter.account_id in may)
    ]


def _send(person: User, lines: list[dict[str, Any]], *, at_once: bool) -> bool:
    context = {"lines": lines[:MOST_NAMED], "more": max(len(lines) - MOST_NAMED, 0), "public_url": settings.PUBLIC_URL,
               "path": reverse("attention"), "at_once": at_once}  # fmt: skip
    things = "1 thing needs" if len(lines) == 1 else f"{len(lines)} things need"
    try:
        send_mail(f"{things} a person", render_to_string("shipments/attention_mail.txt", context), None, [person.email])
    except (SMTPException, OSError) as error:
        log.error("mail about what needs a person could not be sent (%s): see EMAIL_URL", type(error).__name__)
        return False
    return True
