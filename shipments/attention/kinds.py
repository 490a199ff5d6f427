"""The kinds of cases that need a person, in the order of their urgency.

A case is there as long as its cause is: a condition on waybills, or what a function finds. Nothing has to be raised or
taken down. Applications above this one register theirs in their `AppConfig.ready`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.access import Right
from shipments.models import Waybill

Condition = Callable[[datetime], Q]
WHEN_NOTICED = "when noticed"


@dataclass(frozen=True)
class Matter:
    """A case about something else than a waybill. `subject` is its key within the kind; without `account_id` it is
    for admins alone. `link`: where it is dealt with, by those who may act.
    """

    subject: str
    title: str
    words: str
    since: datetime | None = None
    link: str = ""
    account_id: UUID | None = None


@dataclass(frozen=True)
class Kind:
    """`right`: who may act on it and is told, None for admins alone. `by_hand`: its cause does not go by itself, a
    person says that it is settled; `settled` is called in that transaction. Either `condition` (on waybills) or
    `matters` is given. `since`: the waybill's field that says since when, where it is not the last attempt that does;
    WHEN_NOTICED where no field says it.
    """

    code: str
    title: str
    icon: str
    tone: str = "warn"
    rank: int = 50
    right: Right | None = "book"
    by_hand: bool = False
    settled: Callable[[Waybill], None] | None = None
    condition: Condition | None = None
    since: str = ""
    matters: Callable[[datetime], Iterable[Matter]] | None = None


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    for kind in kinds:
        if (kind.condition is None) == (kind.matters is None):
            raise ValueError(f"{kind.code} has either a condition on waybills or a function that finds matters")
        _kinds[kind.code] = kind


def all_kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.rank)


def kind_of(code: str) -> Kind | None:
    return _kinds.get(code)
