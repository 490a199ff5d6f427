"""Queries that are asked very often, spelled once for each process.

Django takes longer to spell a query with sub-queries than the database takes to answer it. An open page asks the same
one again and again, so its text is kept and only the values change.
"""

import uuid
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Field, QuerySet, UUIDField

Row = tuple[Any, ...]
_FIELDS: "dict[type, Field[Any, Any]]" = {uuid.UUID: UUIDField(), datetime: DateTimeField()}
_FIRST = 0x5EED_0000_0000


class Compiled:
    """`build` gets a stand-in for each name, of the type given for it, and returns a queryset of values.

    `rows` asks with real values. They come back as the driver has them: to compare, not to show. Whatever else decides
    about the query's text is its `key`; `build` gets it as well. `not_always`: names that it may leave out.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any, Any]], *, not_always: Collection[str] = (), **types: type
    ) -> None:
        self._build = build
        self._not_always = not_always
        self._types = types
        self._kept: dict[Hashable, tuple[str, Sequence[Any], Mapping[Any, str]]] = {}

    def rows(self, key: Hashable, **values: Any) -> list[Row]:
        if key not in self._kept:
            if len(self._kept) > 50:  # a key of the day is among them
                self._kept.clear()
            self._kept[key] = self._spelled(key)
        sql, params, names = self._kept[key]
        given = {name: _for_the_driver(values[name]) for name in self._types}
        with connection.cursor() as cursor:
            cursor.execute(sql, [given[names[one]] if _is_one(one, names) else one for one in params])
            found: list[Row] = cursor.fetchall()
            return found

    def _spelled(self, key: Hashable) -> tuple[str, Sequence[Any], Mapping[Any, str]]:
        marks = {name: _mark(kind, number) for number, (name, kind) in enumerate(self._types.items())}
        sql, params = self._build(key, **marks).query.sql_with_params()
        names = {_for_the_driver(mark): name for name, mark in marks.items()}
        used = {names[one] for one in params if _is_one(one, names)}
        missing = set(marks) - used - set(self._not_always)
        if missing:
            raise ValueError(f"the query says nothing of {', '.join(sorted(missing))}")
        return sql, params, names


def _mark(kind: type, number: int) -> Any:
    """A value that nobody means, one for each name."""
    if kind is uuid.UUID:
        return uuid.UUID(int=_FIRST + number)
    return datetime(1901, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


def _for_the_driver(value: Any) -> Any:
    return _FIELDS[type(value)].get_db_prep_value(value, connection, prepared=False)


def _is_one(param: Any, names: Mapping[Any, str]) -> bool:
    try:
        return param in names
    except TypeError:
        return False
