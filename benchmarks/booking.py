"""What a booking costs beside the courier's own time: one by one through the API, and a thousand that wait."""

import http.client
import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.courier import PASSWORD, ROOT, USERNAME, sandbox, submits
from benchmarks.portal import Portal, portals
from benchmarks.ratio import compare
from bexapi import BexClient

LATENCY, WIDE = 0.3, 8
GOAL_MS, GOAL_RATIO = 25, 1.3


def run(rounds: int, waiting: int) -> Iterator[str]:
    with sandbox() as courier, portals(courier) as found:
        for portal in found:
            yield from _one_by_one(portal, courier, rounds)
    with _stand_in() as courier, portals(courier) as found:
        for portal in found:
            yield _waiting(portal, waiting)


def _one_by_one(portal: Portal, courier: str, rounds: int) -> Iterator[str]:
    """An API booking over HTTP, from key and body to the answer 201, turn by turn with the bare call."""
    portal.env["API_CALLS_PER_MINUTE"] = "1000000"
    token = BexClient(courier).login(USERNAME, PASSWORD).token
    door = json.loads(portal.run("-m", "benchmarks.inside", "door", "1", token))
    with portal.serving("bexportal.wsgi", "--config", "python:bexportal.serving") as ours:
        book = _books(ours, door)
        book()
        before = _stock(portal)
        found = compare("", book, submits(courier, before["payload"], token), rounds)
    after = _stock(portal)
    more, many = (found.ours - found.least) * 1000, after["booked"] - before["booked"]
    yield (
        f"an API booking, {portal.name}: p50 {found.ours * 1000:.1f} ms against {found.least * 1000:.1f} ms of the "
        f"bare call, {more:.1f} ms more (goal: {GOAL_MS}); {rounds} of each"
    )
    written = {name: (count - before["rows"][name]) / many for name, count in after["rows"].items()}
    tables = ", ".join(f"{name} {count:.1f}" for name, count in sorted(written.items()) if count >= 0.05)
    yield (
        f"an API booking, {portal.name}: {sum(written.values()):.1f} rows ({tables}), "
        f"{(after['bytes'] - before['bytes']) / many / 1000:.1f} kB in the database, "
        f"{(after['journal'] - before['journal']) / many / 1000:.1f} kB in the journal"
    )


def _stock(portal: Portal) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(portal.run("-m", "benchmarks.inside", "stock", "1", "token"))
    return found


def _books(portal: str, door: dict[str, Any]) -> Callable[[], object]:
    connection = http.client.HTTPConnection(urlsplit(portal).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {door['key']}", "Content-Type": "application/json"}

    def book() -> object:
        shipment = uuid.uuid4().hex
        body = json.dumps({**door["body"], "senders_ref": shipment[:20]})
        connection.request("POST", "/api/v1/waybills", body, {**headers, "Idempotency-Key": shipment})
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status == http.client.CREATED, (answer.status, told)
        return told

    return book


def _waiting(portal: Portal, waiting: int) -> str:
    portal.run("-m", "benchmarks.inside", "fill", str(waiting), "token")
    _lose_the_rings(portal)
    celery = ("-m", "celery", "--app", "bexportal")
    worker = (*celery, "worker", "--concurrency", str(WIDE), "--loglevel", "INFO")
    with portal.running(*worker, until=" ready."), portal.running(*celery, "beat", "--pidfile="):
        told = json.loads(portal.run("-m", "benchmarks.inside", "drain", str(waiting), "token"))
    ideal = waiting * LATENCY / WIDE
    return (
        f"{waiting} waiting bookings, {portal.name}: {told['seconds'] / ideal:.2f} times the ideal, "
        f"{told['seconds']:.1f} s against {ideal:.1f} s at {LATENCY * 1000:.0f} ms, {WIDE} wide (goal: {GOAL_RATIO})"
    )


def _lose_the_rings(portal: Portal) -> None:
    """Those of the asking: it shall begin when it is measured."""
    if portal.env["REDIS_URL"]:
        portal.run("-m", "celery", "--app", "bexportal", "purge", "--force")
    else:
        shutil.rmtree(Path(portal.env["VAR_DIR"]) / "broker", ignore_errors=True)


@contextmanager
def _stand_in() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.stand_in", str(LATENCY)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip().rpartition(" ")[2]
        finally:
            process.terminate()
