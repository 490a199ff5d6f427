"""What happens to a shipment: planned when it is booked, brought by the clock, hurried or changed by hand.

Every event has a moment (``due_at``); it has happened once the courier's clock has passed it.
"""

import random
import sqlite3
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sandbox.clock import SAST, as_sast
from sandbox.store import Store
from sandbox.wire import dumps, loads
from sandbox.workdays import add_workdays

if TYPE_CHECKING:
    from sandbox.courier import Courier

# TrackingTypeId of the documentation's webhook chapter; -1 is "unclassified".
TYPE_IDS = {"integrated": 13, "handed": 1, "departed": 4, "arrived": 5, "loaded": 7, "failed": 9}
UNSEEN = ("note", "update")  # told by webhook only, never in tracking
STAFF = (
    "JONATHAN DAVIS", "GEOFREY SEANEGO", "MORAKA RAMOKGOPA", "JACKIE MATHOLE", "SAMMY GROBLER", "LERATO DLAMINI",
    "THABO NKOSI", "ANNELIE VAN WYK",
)  # fmt: skip
RECORDED_AFTER = timedelta(hours=3)
MINUTE = timedelta(minutes=1)


class NotPossible(Exception):
    """What was asked by hand makes no sense for this shipment now."""


def facts_of(store: Store, waybill_id: int) -> dict[str, object]:
    row = store.row("SELECT facts FROM waybills WHERE id = ?", waybill_id)
    facts = loads(row["facts"]) if row is not None else {}
    return facts if isinstance(facts, dict) else {}


def plan(store: Store, waybill_id: int, now: float) -> None:
    """Writes the documented script, with the times of the option that was bought."""
    facts = facts_of(store, waybill_id)
    origin, destination = str(facts["origin_hub"]), str(facts["destination_hub"])
    collection = date.fromisoformat(str(facts["collection_day"]))
    deliver = datetime.fromisoformat(str(facts["deliver_at"])).replace(tzinfo=SAST)
    moment = as_sast(now)
    script = [("integrated", moment, "Shipment integrated to courier system")]
    moment = max(_at(collection, 15, 30), moment + 30 * MINUTE)
    script.append(("handed", moment, "Shipment handed to courier"))
    if origin != destination:
        moment = max(_at(moment.date(), 21, 35), moment + 120 * MINUTE)
        script.append(("departed", moment, f"Departed {origin} depot for {destination} branch"))
    moment = max(_at(deliver.date(), 6, 37), moment + 60 * MINUTE)
    script.append(("arrived", moment, f"Arrived into {destination} depot"))
    for step, when, text in script:
        _add(store, waybill_id, when.timestamp(), step, text)
    moment += 29 * MINUTE
    _plan_last_mile(store, waybill_id, moment, max(deliver - 18 * MINUTE, moment + 45 * MINUTE))


def _plan_last_mile(store: Store, waybill_id: int, loaded: datetime, delivered: datetime) -> None:
    """The signee is recorded hours after the driver's confirmation, as in the documented sample."""
    signee = str(facts_of(store, waybill_id)["receiver"]).upper()
    _add(store, waybill_id, loaded.timestamp(), "loaded", "Loaded onto vehicle for delivery")
    _add(store, waybill_id, delivered.timestamp(), "driver", "Driver confirmed successful delivery")
    recorded = (delivered + RECORDED_AFTER).timestamp()
    _add(store, waybill_id, recorded, "delivered", "", {"signee": signee})
    _write_delivery(store, waybill_id)


def step(courier: "Courier", waybill_id: int) -> None:
    """Brings the next event now; what follows comes earlier by as much. Raises NotPossible after the last."""
    store, now = courier.store, courier.clock.now()
    with store.writing():
        pending = _pending(store, waybill_id, now)
        if not pending:
            raise NotPossible("nothing is left to happen")
        sooner = pending[0]["due_at"] - now
        store.run("UPDATE events SET due_at = due_at - ? WHERE waybill_id = ? AND due_at > ?", sooner, waybill_id, now)
        _write_delivery(store, waybill_id)
    courier.something_due.set()


def deliver(courier: "Courier", waybill_id: int, *, signee: str = "", signed: bool = True) -> None:
    """Everything that is left happens now; without ``signed`` only up to the driver's confirmation.

    The driver confirmed ten minutes ago when nothing happened since. Raises NotPossible when it is delivered.
    """
    store, now = courier.store, courier.clock.now()
    with store.writing():
        pending = _pending(store, waybill_id, now)
        if not signed:
            pending = [event for event in pending if event["step"] != "delivered"]
        if not pending:
            raise NotPossible("the shipment is delivered already")
        last = store.row("SELECT max(due_at) AS at FROM events WHERE waybill_id = ? AND due_at <= ?", waybill_id, now)
        before = max(now - 600, (last["at"] if last else None) or 0)
        for event in pending:
            due_at = now if event["step"] == "delivered" else before
            store.run("UPDATE events SET due_at = ? WHERE id = ?", due_at, event["id"])
        if signee:
            store.run(
                "UPDATE events SET details = ? WHERE waybill_id = ? AND step = 'delivered'",
                dumps({"signee": signee.upper()}), waybill_id,
            )  # fmt: skip
        _write_delivery(store, waybill_id)
    courier.something_due.set()


def fail(courier: "Courier", waybill_id: int, *, reason: str = "", comment: str = "") -> None:
    """An attempt to deliver fails now; the next is planned for the next working day. Raises NotPossible."""
    reason = reason or "receiver not available"
    store, now = courier.store, courier.clock.now()
    with store.writing():
        pending = _pending(store, waybill_id, now)
        if "driver" not in {event["step"] for event in pending}:
            raise NotPossible("the shipment is delivered already")
        for event in pending:
            if event["step"] in ("driver", "delivered"):
                store.run("DELETE FROM events WHERE id = ?", event["id"])
            else:
                store.run("UPDATE events SET due_at = ? WHERE id = ?", now, event["id"])
        text = f"Delivery attempt failed because {reason}"
        _add(store, waybill_id, now, "failed", text, {"reason": reason, "comment": comment})
        again = add_workdays(as_sast(now).date(), 1)
        _plan_last_mile(store, waybill_id, _at(again, 7, 6), _at(again, 10, 12))
    courier.something_due.set()


def tell(courier: "Courier", waybill_id: int, step_name: str, details: dict[str, object], *, user: str = "") -> None:
    """Something that only webhooks speak of: a ``note`` or an ``update``."""
    with courier.store.writing():
        _add(courier.store, waybill_id, courier.clock.now(), step_name, "", details, user=user)
    courier.something_due.set()


def say(courier: "Courier", waybill_id: int, description: str) -> None:
    """An event in words of one's own, for wordings that are documented nowhere."""
    with courier.store.writing():
        _add(courier.store, waybill_id, courier.clock.now(), "other", description)
    courier.something_due.set()


def _pending(store: Store, waybill_id: int, now: float) -> list[sqlite3.Row]:
    return store.rows(
        "SELECT * FROM events WHERE waybill_id = ? AND due_at > ? ORDER BY due_at, place", waybill_id, now
    )


def _add(
    store: Store,
    waybill_id: int,
    due_at: float,
    step_name: str,
    description: str,
    details: dict[str, object] | None = None,
    *,
    user: str = "",
) -> None:
    row = store.row("SELECT coalesce(max(place), 0) + 1 AS place FROM events WHERE waybill_id = ?", waybill_id)
    place = int(row["place"]) if row is not None else 1
    user = user or random.Random(waybill_id * 31 + place).choice(STAFF)
    store.run(
        "INSERT INTO events (waybill_id, due_at, place, step, description, user, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
        waybill_id, due_at, place, step_name, description, user, dumps(details or {}),
    )  # fmt: skip


def _write_delivery(store: Store, waybill_id: int) -> None:
    """The time in the last event's words is that of the driver's confirmation, not of its own row."""
    driver = store.row("SELECT due_at FROM events WHERE waybill_id = ? AND step = 'driver'", waybill_id)
    last = store.row("SELECT * FROM events WHERE waybill_id = ? AND step = 'delivered'", waybill_id)
    if driver is None or last is None:
        return
    moment, details = as_sast(driver["due_at"]), loads(last["details"])
    signee = details["signee"] if isinstance(details, dict) else ""
    text = f"Delivered to {signee} at {moment:%H:%M} on {moment:%d} {english_month(moment)} {moment:%Y}"
    store.run(
        "UPDATE events SET description = ?, details = ? WHERE id = ?",
        text, dumps({"signee": signee, "delivered_at": str(moment.replace(tzinfo=None, microsecond=0))}), last["id"],
    )  # fmt: skip


def english_month(moment: datetime) -> str:
    """Three letters, whatever the locale."""
    return ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][moment.month - 1]


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), SAST)
