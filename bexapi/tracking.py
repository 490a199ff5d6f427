"""Where shipments are: BEX's table of events, grouped (``waybillquicktrackingv3customtreeview``)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bexapi.answer import Answer
from bexapi.wire import Fields, moment

PATH = "/api/service/waybillquicktrackingv3customtreeview"
MOST_ITEMS = 10

_DATE, _WAYBILL, _REFERENCE, _DESCRIPTION, _USER = ("date", "waybill", "sendersref", "trackingdescription", "user")
_DOCUMENTED = {"col1": _DATE, "col2": _WAYBILL, "col3": _REFERENCE, "col4": _DESCRIPTION, "col5": _USER}
_DEFINITION = -1


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
    raw: str = field(repr=False)

    def by_number(self, number: str) -> tuple[TrackedShipment, ...]:
        """Every shipment under that number: two may share one."""
        return tuple(found for found in self.shipments if _folded(found.waybill_number) == _folded(number))


def to_wire(items: Sequence[str]) -> dict[str, object]:
    """Raises ValueError unless there are one to ten items, none blank, none with a comma."""
    asked = [item.strip() for item in items]
    if isinstance(items, str) or not 1 <= len(asked) <= MOST_ITEMS:
        raise ValueError(f"tracking takes one to {MOST_ITEMS} items a call")
    if not all(asked) or any("," in item for item in asked):
        raise ValueError("an item to track is not blank and holds no comma")
    return {"searchItems": ",".join(asked)}


def read(answer: Answer, numbers: Collection[str] | None) -> TrackingReply | None:
    """None when the answer holds no table. ``numbers``: which waybills are meant; None for a look-up by reference."""
    base = answer.base
    if base is None or "items" not in base:
        return None
    rows = base.rows("items")
    # An empty table says "not found"; one that cannot be read, or that comes with a refusal, does not.
    if not rows and (answer.ex or base.value("items") not in (None, [])):
        return None
    found = _shipments(rows)
    if numbers is None:
        return TrackingReply(found, (), answer.ex, answer.raw)
    asked = {_folded(number) for number in numbers}
    ours = tuple(one for one in found if _folded(one.waybill_number) in asked)
    foreign = tuple(one for one in found if _folded(one.waybill_number) not in asked)
    return TrackingReply(ours, foreign, answer.ex, answer.raw)


def _folded(number: str) -> str:
    return number.strip().casefold()


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _columns(definition: Fields | None) -> dict[str, str]:
    """Which column holds what. What the definition leaves out stands where the documentation has it, if free."""
    said = {column: _plain(definition.text(column)) for column in _DOCUMENTED} if definition else {}
    columns = {name: column for column, name in said.items() if name in _DOCUMENTED.values()}
    for column, name in _DOCUMENTED.items():
        if column not in columns.values():
            columns.setdefault(name, column)
    return columns


def _defines(row: Fields) -> bool:
    """A row that is the definition: it says so, or its cells are the columns' names."""
    names = {_plain(row.text(column)) for column in _DOCUMENTED}
    return row.integer("groupingIndex") == _DEFINITION or {_DATE, _WAYBILL} <= names


def _shipments(rows: Sequence[Fields]) -> tuple[TrackedShipment, ...]:
    columns = _columns(next((row for row in rows if _defines(row)), None))
    groups: dict[str, list[TrackingEvent]] = {}
    group = ""
    for row in rows:
        event = _event(row, columns)
        if _defines(row) or not any(row.text(column) for column in _DOCUMENTED):
            continue
        group = _group(row, event, group)
        groups.setdefault(group, []).append(event)
    return tuple(_shipment(group, events) for group, events in groups.items())


def _event(row: Fields, columns: dict[str, str]) -> TrackingEvent:
    cells = {name: row.text(column) for name, column in columns.items()}
    at_text = cells.get(_DATE, "")
    return TrackingEvent(
        at=moment(at_text, "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S"),
        at_text=at_text,
        description=cells.get(_DESCRIPTION, ""),
        user=cells.get(_USER, ""),
        waybill_number=cells.get(_WAYBILL, ""),
        senders_ref=cells.get(_REFERENCE, ""),
    )


_NO_ID = "without id: "


def _group(row: Fields, event: TrackingEvent, before: str) -> str:
    """The shipment a row belongs to: by id; without one by number, which only a shipment's first row carries."""
    named = next((text for text in (row.text("id"), row.text("internalRef")) if text not in ("", "0")), "")
    if named:
        return named
    if event.waybill_number:
        return f"{_NO_ID}{event.waybill_number}"
    return before if before.startswith(_NO_ID) else f"{_NO_ID}{event.senders_ref}"


def _shipment(group: str, events: Iterable[TrackingEvent]) -> TrackedShipment:
    events = tuple(events)
    number = next((event.waybill_number for event in events if event.waybill_number), "")
    return TrackedShipment(
        shipment_id="" if group.startswith(_NO_ID) else group,
        waybill_number=number,
        senders_ref=next((event.senders_ref for event in events if event.senders_ref), ""),
        events=tuple(_with_number(event, number) for event in events),
    )


def _with_number(event: TrackingEvent, number: str) -> TrackingEvent:
    if event.waybill_number:
        return event
    return TrackingEvent(event.at, event.at_text, event.description, event.user, number, event.senders_ref)
