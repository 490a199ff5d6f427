"""What the courier knows, as JSON for tests."""

import sqlite3
from datetime import UTC, datetime

from sandbox import faults
from sandbox.api import Api
from sandbox.clock import as_sast
from sandbox.courier import Courier
from sandbox.identities import ALTERNATE, MAIN, current_token
from sandbox.journey import TYPE_IDS
from sandbox.store import Store
from sandbox.wire import loads, loads_object


def state(api: Api, *, secrets: bool = False, calls_after: int = 0, waybills: bool = True) -> dict[str, object]:
    """Everything at once; the calls with a sequence above ``calls_after``."""
    courier = api.courier
    return {
        "clock": clock(courier),
        "settings": courier.settings.all(),
        "identities": identities(courier.store, secrets=secrets),
        "counters": counters(courier.store),
        "peaks": dict(api.busy.peaks),
        "faults": [fault.facts() for fault in faults.armed(courier.store)],
        "webhooks": webhooks(courier.store, secrets=secrets),
        "calls": calls(courier.store, after=calls_after),
        "waybills": all_waybills(courier) if waybills else [],
    }


def clock(courier: Courier) -> dict[str, object]:
    return {
        "now": courier.clock.sast().isoformat(timespec="seconds"),
        "speed": courier.clock.speed,
        "ahead_seconds": round(courier.clock.offset(), 3),
        "counter_now": str(courier.counter_now().replace(microsecond=0)),
    }


def identities(store: Store, *, secrets: bool) -> list[dict[str, object]]:
    found = []
    for row in store.rows("SELECT * FROM identities ORDER BY username"):
        username = row["username"]
        accounts = store.rows("SELECT number, name FROM accounts WHERE username = ? ORDER BY number", username)
        facts: dict[str, object] = {
            "username": username,
            "id": row["id"],
            "strong_password": bool(row["strong_password"]),
            "email_verified": bool(row["email_verified"]),
            "accounts": [account["number"] for account in accounts],
        }
        if secrets:
            ended = store.rows("SELECT value FROM tokens WHERE username = ? AND ended", username)
            facts |= {
                "password": row["password"],
                "token": current_token(store, username, MAIN),
                "alternate_token": current_token(store, username, ALTERNATE),
                "ended_tokens": [token["value"] for token in ended],
                "webhook_key": row["webhook_key"],
            }
        found.append(facts)
    return found


def counters(store: Store) -> dict[str, object]:
    """Calls received since the last reset, by operation; all operations are named."""
    rows = store.rows("SELECT operation, count(*) AS calls FROM calls GROUP BY operation")
    return {**dict.fromkeys(faults.CALLS, 0), **{row["operation"]: row["calls"] for row in rows}}


def calls(store: Store, *, after: int = 0, operation: str = "") -> list[dict[str, object]]:
    rows = store.rows(
        "SELECT * FROM calls WHERE seq > ? AND (operation = ? OR ? = '') ORDER BY seq", after, operation, operation
    )
    return [
        {
            "seq": row["seq"],
            "at": datetime.fromtimestamp(row["at"], UTC).isoformat(),
            "operation": row["operation"],
            "method": row["method"],
            "path": row["path"],
            "payload": loads(row["payload"]),
            "fault": row["fault"],
            "committed": bool(row["committed"]),
            "ex": row["ex"],
            "waybill": row["waybill"],
        }
        for row in rows
    ]


def all_waybills(courier: Courier) -> list[dict[str, object]]:
    """Oldest first, with their events; three queries however many there are."""
    store, now = courier.store, courier.clock.now()
    references: dict[int, list[str]] = {}
    for row in store.rows("SELECT waybill_id, value FROM extra_references ORDER BY rowid"):
        references.setdefault(row["waybill_id"], []).append(row["value"])
    events: dict[int, list[dict[str, object]]] = {}
    for row in store.rows("SELECT * FROM events ORDER BY waybill_id, due_at, place"):
        events.setdefault(row["waybill_id"], []).append(_event(row, now))
    rows = store.rows("SELECT * FROM waybills ORDER BY id")
    return [_waybill(row, references.get(row["id"], []), events.get(row["id"], [])) for row in rows]


def waybill(courier: Courier, number: str) -> dict[str, object]:
    """Raises LookupError."""
    store = courier.store
    row = store.row("SELECT * FROM waybills WHERE number = ?", number)
    if row is None:
        raise LookupError(f"there is no waybill {number}")
    references = store.rows("SELECT value FROM extra_references WHERE waybill_id = ? ORDER BY rowid", row["id"])
    events = store.rows("SELECT * FROM events WHERE waybill_id = ? ORDER BY due_at, place", row["id"])
    now = courier.clock.now()
    return _waybill(row, [reference["value"] for reference in references], [_event(event, now) for event in events])


def _waybill(row: sqlite3.Row, references: list[str], events: list[dict[str, object]]) -> dict[str, object]:
    facts = loads_object(row["facts"])
    price = facts["price"]
    return {
        "number": row["number"],
        "internal_id": row["id"],
        "account": row["account"],
        "username": row["username"],
        "senders_ref": row["senders_ref"],
        "references": references,
        "foreign": bool(row["is_foreign"]),
        "times_booked": row["times_booked"],
        "booked_at": as_sast(row["booked_at"]).isoformat(),
        "booked_at_real": datetime.fromtimestamp(row["booked_at_real"], UTC).isoformat(),
        "service": facts["service"],
        "add_ons": facts["add_ons"],
        "chargeable_kg": facts["chargeable_kg"],
        "price": {name: str(value) for name, value in price.items()} if isinstance(price, dict) else {},
        "reweighed": facts.get("reweighed"),
        "payload": loads(row["payload"]),
        "events": events,
    }


def _event(row: sqlite3.Row, now: float) -> dict[str, object]:
    return {
        "at": as_sast(row["due_at"]).isoformat(timespec="seconds"),
        "happened": row["due_at"] <= now,
        "told": bool(row["told"]),
        "step": row["step"],
        "type_id": TYPE_IDS.get(row["step"], -1),
        "description": row["description"],
        "user": row["user"],
    }


def webhooks(store: Store, *, secrets: bool = False) -> list[dict[str, object]]:
    return [
        {
            "id": row["id"],
            "uri": row["uri"],
            "description": row["description"],
            "filters": loads(row["filters"]),
            "active": bool(row["active"]),
            **({"key": row["key"], "secret": row["secret"]} if secrets else {}),
        }
        for row in store.rows("SELECT * FROM webhooks ORDER BY rowid")
    ]


def deliveries(store: Store, *, after: int = 0) -> list[dict[str, object]]:
    """Every attempt that was made: its status, or None and what went wrong."""
    return [
        {
            "seq": row["seq"],
            "id": row["id"],
            "webhook_id": row["webhook_id"],
            "attempt": row["attempt"],
            "at": datetime.fromtimestamp(row["at"], UTC).isoformat(),
            "status": row["status"],
            "problem": row["problem"],
            "body": row["body"],
        }
        for row in store.rows("SELECT * FROM deliveries WHERE seq > ? ORDER BY seq", after)
    ]
