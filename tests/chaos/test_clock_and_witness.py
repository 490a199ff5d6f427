"""A process's clock is moved from outside, and moved back; the moment before a sending is seen in the journal."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.portal import ROOT
from tests.chaos.witness import next_sending


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Iterator[tuple[float, float]]]:
    """What a process whose clock follows clock.json says: its time, and its seconds since the boot."""
    command = [sys.executable, "-m", "tests.chaos.clock", "web", "tests.chaos.told_time"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "CHAOS_CLOCK": str(tmp_path / "clock.json")},
    )  # fmt: skip
    assert process.stdout is not None
    yield ((float(line.split()[0]), float(line.split()[1])) for line in process.stdout)
    process.kill()
    process.communicate(timeout=10)


def until_wrong_by(seconds: float, told: Iterator[tuple[float, float]]) -> None:
    end = time.monotonic() + 20
    for clock, since_boot in told:
        assert abs(since_boot - time.clock_gettime(time.CLOCK_BOOTTIME)) < 20
        if abs(clock - time.time() - seconds) < 20:
            return
        assert time.monotonic() < end, "the clock was not moved"


def test_a_clock_is_moved_and_moved_back(told: Iterator[tuple[float, float]], tmp_path: Path) -> None:
    until_wrong_by(0, told)
    for seconds in (7200, -3600, 0):
        (tmp_path / "clock.json").write_text(json.dumps({"web": seconds, "beat": 99}))
        until_wrong_by(seconds, told)


def test_the_line_before_a_sending_is_seen(tmp_path: Path) -> None:
    journal = tmp_path / "20261124T100000-host-4711-0a1b2c3d.journal"
    journal.write_text('0 {"kind":"sending"}\n')

    def write(kind: str) -> None:
        with journal.open("a") as file:
            file.write(f'0 {{"kind":"{kind}"}}\n')

    for kind, seen in (("answered", None), ("sending", 4711)):
        later = threading.Timer(0.2, write, [kind])
        later.start()
        assert next_sending(tmp_path, threading.Event(), seconds=1) == seen
        later.join()
