"""The cases that a person sees, kind by kind, each with what was said about it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects

from accounts.access import accounts_for, is_admin, visible
from accounts.models import User
from shipments.attention.kinds import WHEN_NOTICED, Kind, Matter, all_kinds
from shipments.models import AttentionMark, Submission, Waybill

ON_A_PAGE = 50
EVERYONES, MINE, NOBODYS, SNOOZED = "", "mine", "nobodys", "snoozed"
VIEWS = {EVERYONES: "All", MINE: "Mine", NOBODYS: "Nobody’s", SNOOZED: "Snoozed"}


@dataclass(frozen=True)
class Case:
    """One thing that needs a person. `key`: its waybill's id, or the subject of its matter."""

    kind: Kind
    key: str
    since: datetime | None
    waybill: Waybill | None = None
    matter: Matter | None = None
    attempt: Submission | None = None
    mark: AttentionMark | None = None
    may_act: bool = False

    @property
    def account_id(self) -> UUID | None:
        return self.waybill.account_id if self.waybill else self.matter.account_id if self.matter else None


@dataclass(frozen=True)
class Group:
    """`older`: the cursor of the next page of this kind, '' where all are shown. `count`: of all of them."""

    kind: Kind
    cases: list[Case]
    count: int
    older: str = ""

    @property
    def more(self) -> int:
        return self.count - len(self.cases)


def groups(
    user: User, now: datetime, *, view: str = EVERYONES, kind: str = "", most: int = ON_A_PAGE, after: str = ""
) -> list[Group]:
    """The most urgent kind first, the newest case first; kinds without a case are left out.

    Who may not act on an account sees its cases all the same; what only admins may do, only admins see. The number of
    queries depends on how many kinds there are, not on how many cases.
    """
    kinds = [one for one in all_kinds() if kind in {"", one.code} and (one.right or is_admin(user))]
    may = _Rights(user)
    found = [_group(one, user, may, now, view, most, after if kind else "") for one in kinds]
    filled = [group for group in found if group.cases]
    return _with_what_is_known(filled)


def case_of(user: User, kind: Kind, key: str, now: datetime) -> Case | None:
    """This case, if it is one that the person may see now; snoozed and settled ones too."""
    may = _Rights(user)
    if kind.condition is None:
        matters = [matter for matter in _matters(kind, user, may, now) if matter.subject == key]
        return _matter_case(kind, matters[0], _marks_of(kind).get(key), may) if matters else None
    try:
        pk = UUID(key)
    except ValueError:
        return None
    waybill = visible(Waybill.objects.filter(kind.condition(now)), user).filter(pk=pk).first()
    if waybill is None:
        return None
    mark = AttentionMark.objects.filter(kind=kind.code, waybill=waybill, closed_at=None).first()
    return Case(kind, str(pk), None, waybill, mark=mark, may_act=may.act(kind, waybill.account_id))


class _Rights:
    """Which accounts this person may act on, by right; each asked for once."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._accounts: dict[str, Collection[Any]] = {}

    def accounts(self, right: Any) -> Collection[Any]:
        if right not in self._accounts:
            self._accounts[right] = frozenset(accounts_for(self.user, right).values_list("pk", flat=True))
        return self._accounts[right]

    def act(self, kind: Kind, account_id: UUID | None) -> bool:
        if kind.right is None or account_id is None:
            return is_admin(self.user)
        return account_id in self.accounts(kind.right)


def _group(kind: Kind, user: User, may: _Rights, now: datetime, view: str, most: int, after: str) -> Group:
    if kind.condition is None:
        marks = _marks_of(kind)
        known = [(matter, marks.get(matter.subject)) for matter in _matters(kind, user, may, now)]
        shown = [_matter_case(kind, one, mark, may) for one, mark in known if _is_shown(mark, user, now, view)]
        return Group(kind, shown[:most], len(shown))
    waybills = waybills_of(kind, user, now, view).order_by("-created_at", "-pk")
    page = waybills.filter(_older_than(after)) if after else waybills
    rows = list(page.select_related("receiver", "account")[: most + 1])
    cases = [Case(kind, str(row.pk), None, row, may_act=may.act(kind, row.account_id)) for row in rows[:most]]
    if len(rows) <= most and not after:
        return Group(kind, cases, len(cases))
    older = rows[most - 1].pk.hex if len(rows) > most else ""
    return Group(kind, cases, waybills.order_by().count(), older)


def waybills_of(kind: Kind, user: User | None, now: datetime, view: str = EVERYONES) -> QuerySet[Waybill]:
    """The waybills of a kind that this person (None: the program) sees under that view."""
    assert kind.condition is not None  # noqa: S101 - the caller asks for kinds of waybills
    rows = Waybill.objects.filter(kind.condition(now))
    if user is not None:
        rows = visible(rows, user)
    marks = AttentionMark.objects.filter(kind=kind.code, waybill=OuterRef("pk"), closed_at=None)
    rows = rows.exclude(Exists(marks.filter(settled_at__isnull=False)))
    if view == SNOOZED:
        return rows.filter(Exists(marks.filter(snoozed_until__gt=now)))
    rows = rows.exclude(Exists(marks.filter(snoozed_until__gt=now)))
    if view == MINE:
        return rows.filter(Exists(marks.filter(taken_by=user)))
    return rows.exclude(Exists(marks.filter(taken_by__isnull=False))) if view == NOBODYS else rows


def _older_than(cursor: str) -> Q:
    """A cursor is the last row's id; where that is none, the first page."""
    try:
        last = Waybill.objects.only("created_at").filter(pk=UUID(cursor)).first()
    except ValueError:
        last = None
    if last is None:
        return Q()
    return Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)


def _matters(kind: Kind, user: User, may: _Rights, now: datetime) -> list[Matter]:
    assert kind.matters is not None  # noqa: S101 - the caller asks for kinds of matters
    seen = may.accounts("view")
    admin = is_admin(user)
    return [one for one in kind.matters(now) if (admin if one.account_id is None else one.account_id in seen)]


def _marks_of(kind: Kind) -> dict[str, AttentionMark]:
    marks = AttentionMark.objects.filter(kind=kind.code, waybill=None, closed_at=None).select_related("taken_by")
    return {mark.subject: mark for mark in marks}


def _matter_case(kind: Kind, matter: Matter, mark: AttentionMark | None, may: _Rights) -> Case:
    may_act = may.act(kind, matter.account_id)
    return Case(kind, matter.subject, matter.since, matter=matter, mark=mark, may_act=may_act)


def _is_shown(mark: AttentionMark | None, user: User, now: datetime, view: str) -> bool:
    if mark is None:
        return view in {EVERYONES, NOBODYS}
    snoozed = mark.snoozed_until is not None and mark.snoozed_until > now
    if mark.settled_at is not None or snoozed != (view == SNOOZED):
        return False
    return {MINE: mark.taken_by_id == user.pk, NOBODYS: mark.taken_by_id is None}.get(view, True)


def _with_what_is_known(found: list[Group]) -> list[Group]:
    """Last attempts and marks of all waybills that are shown: two queries for all groups."""
    waybills = [case.waybill for group in found for case in group.cases if case.waybill]
    attempts = Submission.objects.order_by("-number").defer("payload", "raw")
    prefetch_related_objects(waybills, Prefetch("attempts", attempts))
    marks: dict[tuple[str, Any], AttentionMark] = {}
    if waybills:
        told = AttentionMark.objects.filter(waybill__in={waybill.pk for waybill in waybills}, closed_at=None)
        marks = {(mark.kind, mark.waybill_id): mark for mark in told.select_related("taken_by", "noted_by")}
    return [
        Group(group.kind, [_completed(case, marks) for case in group.cases], group.count, group.older)
        for group in found
    ]


def _completed(case: Case, marks: dict[tuple[str, Any], AttentionMark]) -> Case:
    waybill = case.waybill
    if waybill is None:
        return case
    attempt = next(iter(waybill.attempts.all()), None)
    mark = marks.get((case.kind.code, waybill.pk))
    since: datetime | None = None
    if case.kind.since == WHEN_NOTICED:
        since = mark.noticed_at if mark else waybill.updated_at
    elif case.kind.since:
        since = getattr(waybill, case.kind.since)
    if since is None:
        since = (attempt.answered_at or attempt.claimed_at) if attempt else waybill.asked_at
    return Case(
        case.kind, case.key, since or waybill.created_at, waybill, attempt=attempt, mark=mark, may_act=case.may_act
    )
