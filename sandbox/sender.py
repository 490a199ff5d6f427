"""The webhook sender, with the habits of ASP.NET WebHooks: eight at a time, three attempts, no order, no memory.

What waits for another attempt is lost when the process ends, as it is at the courier.
"""

import heapq
import http.client
import itertools
import random
import secrets
import sqlite3
import threading
import time
from dataclasses import replace
from urllib.parse import urlsplit

from sandbox.courier import HEARTBEAT_SECONDS, Courier
from sandbox.notifications import Delivery, body_of, notifications_of, signature
from sandbox.registrations import connect
from sandbox.wire import loads

AT_ONCE = 8
RETRY_AFTER_SECONDS = (60.0, 240.0)  # of the courier's clock, after the first and the second failure
POST_SECONDS = 20.0
LOOK_SECONDS = 0.1
EVENTS_A_LOOK = 500


class Sender:
    """A thread that looks for what has happened, and eight that post it."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._stopping = threading.Event()
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._lock = threading.Lock()
        self._serial = itertools.count()
        self._looker = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        self._looker.start()
        for _ in range(AT_ONCE):
            threading.Thread(target=self._post_all, daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._courier.something_due.set()
        self._looker.join(timeout=5)

    def _look(self) -> None:
        kept = time.monotonic()
        while not self._stopping.is_set():
            self._courier.something_due.wait(LOOK_SECONDS)
            self._courier.something_due.clear()
            if self._stopping.is_set():
                return
            if not self._courier.settings.flag("webhook_paused"):
                tell_what_happened(self._courier)
                self._try_again()
            if time.monotonic() - kept >= HEARTBEAT_SECONDS:
                kept = time.monotonic()
                with self._courier.store.writing():
                    self._courier.keep_clock()

    def _try_again(self) -> None:
        with self._lock:
            while self._waiting and self._waiting[0][0] <= self._courier.clock.now():
                self._courier.outbox.put(heapq.heappop(self._waiting)[2])

    def _post_all(self) -> None:
        while True:
            delivery = self._courier.outbox.get()
            if self._post(delivery) or delivery.attempt > len(RETRY_AFTER_SECONDS):
                continue
            due = self._courier.clock.now() + RETRY_AFTER_SECONDS[delivery.attempt - 1]
            with self._lock:
                again = replace(delivery, attempt=delivery.attempt + 1)
                heapq.heappush(self._waiting, (due, next(self._serial), again))

    def _post(self, delivery: Delivery) -> bool:
        """Only 2xx is success. A subscription that has ended is left alone."""
        store = self._courier.store
        webhook = store.row("SELECT * FROM webhooks WHERE id = ? AND active", delivery.webhook_id)
        if webhook is None:
            return True
        body = body_of(delivery.id, delivery.attempt, delivery.notifications)
        secret = secrets.token_hex(24) if delivery.forged else webhook["secret"]
        status, problem = post(webhook["uri"], body, signature(secret, body))
        if self._stopping.is_set():
            return True
        with store.writing():
            store.run(
                "INSERT INTO deliveries (id, webhook_id, attempt, at, status, problem, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                delivery.id, delivery.webhook_id, delivery.attempt, time.time(), status, problem, body.decode(),
            )  # fmt: skip
        return status is not None and 200 <= status < 300


def post(uri: str, body: bytes, signed: str) -> tuple[int | None, str | None]:
    """The status of the answer, or None and what went wrong."""
    parts = urlsplit(uri)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/json; charset=utf-8", "ms-signature": signed, "Expect": "100-continue"}
    connection = connect(parts, POST_SECONDS)
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read(10_000)
    except (OSError, http.client.HTTPException) as error:
        return None, type(error).__name__
    finally:
        connection.close()
    return response.status, None


def tell_what_happened(courier: Courier) -> None:
    """Marks events that the clock has passed as told, and puts what subscriptions want of them into the outbox."""
    store = courier.store
    due = store.rows(
        "SELECT e.*, w.number, w.senders_ref, w.facts, i.webhook_key FROM events e JOIN waybills w ON w.id ="
        " e.waybill_id LEFT JOIN identities i ON i.username = w.username WHERE e.told = 0 AND e.due_at <= ?"
        " ORDER BY e.due_at, e.place LIMIT ?",
        courier.clock.now(), EVENTS_A_LOOK,
    )  # fmt: skip
    if not due:
        return
    copies = int(courier.settings.number("webhook_copies"))
    webhooks = store.rows("SELECT * FROM webhooks WHERE active")
    deliveries: list[Delivery] = []
    for event in due:
        for webhook in webhooks:
            if webhook["key"] == event["webhook_key"]:
                told = _wanted(courier, event, webhook)
                deliveries += [Delivery(webhook["id"], told) for _ in range(copies if told else 0)]
    if courier.settings.flag("webhook_shuffle"):
        random.shuffle(deliveries)
    with store.writing():
        store.run_many("UPDATE events SET told = 1 WHERE id = ?", [(event["id"],) for event in due])
    for delivery in deliveries:
        courier.outbox.put(delivery)
    if len(due) == EVENTS_A_LOOK:
        courier.something_due.set()


def _wanted(courier: Courier, event: sqlite3.Row, webhook: sqlite3.Row) -> list[dict[str, object]]:
    """The event's notifications that pass the subscription's filters; none set lets all pass."""
    facts, details, filters = loads(event["facts"]), loads(event["details"]), loads(webhook["filters"])
    if not isinstance(facts, dict) or not isinstance(details, dict) or not isinstance(filters, list):
        return []
    waybill = {
        "number": event["number"],
        "senders_ref": event["senders_ref"],
        "origin_hub": facts["origin_hub"],
        "destination_hub": facts["destination_hub"],
        "pieces": len(facts["parcels"]),
    }
    happened = {name: event[name] for name in ("step", "due_at", "description", "user")}
    told = notifications_of(happened, waybill, details, wording=courier.settings.text("webhook_wording"))
    return [item for item in told if not filters or item["Action"] in filters]
