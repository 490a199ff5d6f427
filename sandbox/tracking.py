"""The tracking call: anonymous, ten items at most, columns by definition, events newest first."""

import random
import sqlite3
from typing import TYPE_CHECKING

from sandbox.clock import as_sast
from sandbox.wire import Params, Refused

if TYPE_CHECKING:
    from sandbox.courier import Courier

MOST_ITEMS = 10
COLUMNS = ("Date", "Waybill", "Senders Ref", "Tracking Description", "User")


def track(courier: "Courier", params: Params) -> dict[str, object]:
    """The documented search over all accounts; what is not found is absent. Raises Refused."""
    asked = [item.strip() for item in params.text("searchItems").split(",") if item.strip()]
    if not asked:
        raise Refused("searchItems is required.")
    if len(asked) > MOST_ITEMS:
        raise Refused(f"A maximum of {MOST_ITEMS} search items is allowed, {len(asked)} were sent.")
    columns = list(COLUMNS)
    if courier.settings.flag("shuffle_columns"):
        random.shuffle(columns)
    items = [_definition(columns)]
    seen: set[int] = set()
    until = courier.clock.now() - float(courier.settings.number("tracking_delay_seconds"))
    for item in asked:
        for waybill in found(courier, item):
            if waybill["id"] not in seen:
                seen.add(waybill["id"])
                items += _events(courier, waybill, columns, until)
    return {"id": 0, "items": items}


def found(courier: "Courier", item: str) -> list[sqlite3.Row]:
    """Shipments whose number, sender's reference or (by setting) additional reference is exactly this."""
    by_reference = " UNION SELECT waybill_id FROM extra_references WHERE value = ?"
    extra = by_reference if courier.settings.flag("search_additional_references") else ""
    return courier.store.rows(
        "SELECT id, number, senders_ref FROM waybills WHERE id IN (SELECT id FROM waybills WHERE number = ? UNION"
        f" SELECT id FROM waybills WHERE senders_ref = ? COLLATE NOCASE AND senders_ref <> ''{extra}) ORDER BY id DESC",
        *([item] * (3 if extra else 2)),
    )


def _definition(columns: list[str]) -> dict[str, object]:
    return {
        "id": 0,
        "dataTypeId": 4,
        "groupingIndex": -1,
        "headerName": "Tracking",
        **{f"col{index}": name for index, name in enumerate(columns, start=1)},
        "internalRef": "Internal Ref",
    }


def _events(courier: "Courier", waybill: sqlite3.Row, columns: list[str], until: float) -> list[dict[str, object]]:
    rows = courier.store.rows(
        "SELECT due_at, description, user FROM events WHERE waybill_id = ? AND due_at <= ?"
        " AND step NOT IN ('note', 'update') ORDER BY due_at DESC, place DESC",
        waybill["id"], until,
    )  # fmt: skip
    items: list[dict[str, object]] = []
    for row in rows:
        cells = {
            "Date": f"{as_sast(row['due_at']):%d-%m-%Y %H:%M}",
            "Waybill": "" if items else waybill["number"],
            "Senders Ref": waybill["senders_ref"],
            "Tracking Description": row["description"],
            "User": row["user"],
        }
        items.append(
            {
                "id": waybill["id"],
                "dataTypeId": 2,
                "headerName": "Tracking",
                **{f"col{index}": cells[name] for index, name in enumerate(columns, start=1)},
                "internalRef": str(waybill["id"]),
                "groupingIndex": 0,
            }
        )
    return items
