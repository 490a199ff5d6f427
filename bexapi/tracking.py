"""Where shipments are: BEX's table of events, grouped (``waybillquicktrackingv3customtreeview``)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from bexapi.answer import Answer, Raw
from bexapi.wire import Fields, moment, text

PATH = "/api/service/waybillquicktrackingv3customtreeview"
MOST_ITEMS = 10

_DATE, _WAYBILL, _REFERENCE, _DESCRIPTION, _USER = ("date", "waybill", "sendersref", "trackingdescription", "user")
_DOCUMENTED = {"col1": _DATE, "col2": _WAYBILL, "col3": _REFERENCE, "col4": _DESCRIPTION, "col5": _USER}
_COLUMNS = tuple(_DOCUMENTED)
_DEFINITION = -1
_OF_EVENTS = (0, "0")
_LONGEST_DATE = 8


@dataclass(frozen=True)
class TrackingEvent:
    """One row. ``at``: when it was written, aware; None where ``at_text``, as BEX sent it, cannot be read.

    ``description`` and ``user`` name people and are not shown by repr.
    """

    at: datetime | None
    at_text: str
    description: str = field(repr=False)
    user: str = field(repr=False)
    waybill_number: str
    senders_ref: str


@dataclass(frozen=True)
class TrackedShipment:
    """A shipment's events, in the order in which BEX sent them: newest first.

    ``shipment_id``: BEX's own id, worth pinning; '' when it gave none. ``waybill_number``: '' when no row has one.
    """

    shipment_id: str
    waybill_number: str
    senders_ref: str
    events: tuple[TrackingEvent, ...]


@dataclass(frozen=True)
class TrackingReply:
    """What was found; what was not is simply absent.

    ``foreign``: shipments with another number that came as well, for instance another customer's that carries one
    of our numbers as its reference. Empty for a look-up by reference, which has no number to compare with.
    """

    shipments: tuple[TrackedShipment, ...]
    foreign: tuple[TrackedShipment, ...]
    warning: str = field(repr=False)
    answered: Raw = field(repr=False, compare=False)

    @property
    def raw(self) -> str:
        return self.answered.text

    def by_number(self, number: str) -> tuple[TrackedShipment, ...]:
        """Every shipment under that number: two may share one."""
        return tuple(found for found in self.shipments if _folded(found.waybill_number) == _folded(number))


def to_wire(items: Sequence[str]) -> dict[str, object]:
    """Raises ValueError unless there are one to ten items, none blank, none with a comma; TypeError for no texts."""
    if isinstance(items, str) or not 1 <= len(items) <= MOST_ITEMS:
        raise ValueError(f"tracking takes one to {MOST_ITEMS} items a call")
    asked = [text(item).strip() for item in items]
    if not all(asked) or any("," in item for item in asked):
        raise ValueError("an item to track is not blank and holds no comma")
    return {"searchItems": ",".join(asked)}


def read(answer: Answer, numbers: Collection[str] | None) -> TrackingReply | None:
    """None when the answer holds no table. ``numbers``: which waybills are meant; None for a look-up by reference."""
    base = answer.base
    if base is None:
        return None
    rows = base.rows("items")
    found = _shipments(rows)
    if not found and (answer.ex or not _is_empty_table(base.value("items"), rows)):
        return None
    if numbers is None:
        return TrackingReply(found, (), answer.ex, answer.raw)
    asked = {_folded(number) for number in numbers}
    ours = tuple(one for one in found if _folded(one.waybill_number) in asked)
    foreign = tuple(one for one in found if _folded(one.waybill_number) not in asked)
    return TrackingReply(ours, foreign, answer.ex, answer.raw)


def _is_empty_table(items: object, rows: Sequence[Fields]) -> bool:
    """Whether "not found" was said: no rows but the definition. A table that is not there, or of which no row can be
    read, says nothing.
    """
    sent = len(items) if isinstance(items, list) else 1
    return items is not None and len(rows) == sent and all(_defines(row, row.texts(_COLUMNS)) for row in rows)


def _folded(number: str) -> str:
    return number.strip().casefold()


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _columns(definition: Sequence[str] | None) -> dict[str, int]:
    """Which column holds what. What the definition leaves out stands where the documentation has it, if free."""
    said = [_plain(text) for text in definition or ()]
    columns = {name: place for place, name in enumerate(said) if name in _DOCUMENTED.values()}
    for place, name in enumerate(_DOCUMENTED.values()):
        if place not in columns.values():
            columns.setdefault(name, place)
    return columns


def _defines(row: Fields, texts: Sequence[str]) -> bool:
    """A row that is the definition: it says so, or its cells are the columns' names."""
    index = row.value("groupingIndex")
    if index not in _OF_EVENTS and row.integer("groupingIndex") == _DEFINITION:
        return True
    if not any(len(text) <= _LONGEST_DATE and _plain(text) == _DATE for text in texts):
        return False  # nearly always, so it is cheap
    return _WAYBILL in {_plain(text) for text in texts}


def _shipments(rows: Sequence[Fields]) -> tuple[TrackedShipment, ...]:
    table = [(row, row.texts(_COLUMNS)) for row in rows]
    defining = [_defines(row, texts) for row, texts in table]
    columns = _columns(table[defining.index(True)][1] if True in defining else None)
    groups: dict[str, list[dict[str, str]]] = {}
    group = ""
    for (row, texts), defines in zip(table, defining, strict=True):
        if defines or not any(texts):
            continue
        cells = {name: texts[place] for name, place in columns.items()}
        group = _group(row, cells, group)
        groups.setdefault(group, []).append(cells)
    return tuple(_shipment(group, events) for group, events in groups.items())


def _event(cells: Mapping[str, str], number: str) -> TrackingEvent:
    at_text = cells.get(_DATE, "")
    return TrackingEvent(
        at=_moment(at_text),
        at_text=at_text,
        description=cells.get(_DESCRIPTION, ""),
        user=cells.get(_USER, ""),
        waybill_number=cells.get(_WAYBILL, "") or number,
        senders_ref=cells.get(_REFERENCE, ""),
    )


@lru_cache(maxsize=4096)
def _moment(text: str) -> datetime | None:
    """A sweep reads the same ones again and again."""
    return moment(text, "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S")


_IDS = ("id", "internalref")
_NO_ID = "without id: "


def _group(row: Fields, cells: Mapping[str, str], before: str) -> str:
    """The shipment a row belongs to: by id; without one by number, which only a shipment's first row carries."""
    named = next((said for said in row.texts(_IDS) if said not in ("", "0")), "")
    if named:
        return named
    if cells.get(_WAYBILL):
        return f"{_NO_ID}{cells[_WAYBILL]}"
    return before if before.startswith(_NO_ID) else f"{_NO_ID}{cells.get(_REFERENCE, '')}"


def _shipment(group: str, rows: Sequence[Mapping[str, str]]) -> TrackedShipment:
    number = next((cells[_WAYBILL] for cells in rows if cells.get(_WAYBILL)), "")
    return TrackedShipment(
        shipment_id="" if group.startswith(_NO_ID) else group,
        waybill_number=number,
        senders_ref=next((cells[_REFERENCE] for cells in rows if cells.get(_REFERENCE)), ""),
        events=tuple(_event(cells, number) for cells in rows),
    )
