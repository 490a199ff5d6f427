"""What a booking costs beside the courier's own time: one by one, and a thousand that wait."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.courier import PASSWORD, ROOT, USERNAME, sandbox
from benchmarks.portal import Portal, portals
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
    token = BexClient(courier).login(USERNAME, PASSWORD).token
    told = json.loads(portal.run("-m", "benchmarks.inside", "overhead", str(rounds), token))
    more = (told["ours"] - told["least"]) * 1000
    yield (
        f"a booking, {portal.name}: p50 {told['ours'] * 1000:.1f} ms against {told['least'] * 1000:.1f} ms of the bare "
        f"call, {more:.1f} ms more (goal: {GOAL_MS}); {rounds} of each"
    )
    tables = ", ".join(f"{name} {count:.1f}" for name, count in sorted(told["rows"].items()))
    yield (
        f"a booking, {portal.name}: {sum(told['rows'].values()):.1f} rows ({tables}), "
        f"{told['bytes'] / 1000:.1f} kB in the database, {told['journal'] / 1000:.1f} kB in the journal"
    )


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
