"""Senders as processes of their own, and waiting for what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import leases
from shipments.models import Submission, Waybill

ROOT = Path(__file__).resolve().parents[2]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(settings: Any, journal_dir: Path) -> Iterator[Start]:
    """Starts a sender; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def begin(waybill: Waybill, *options: str, deadline: float = 30) -> "subprocess.Popen[str]":
        env = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "JOURNAL_DIR": str(journal_dir),
            "BEX_DEADLINE": str(deadline),
            "BEX_CONNECT_TIMEOUT": str(min(deadline / 2, 5)),
            "BEX_READ_TIMEOUT": "30",
        }
        command = [sys.executable, "-m", "tests.booking.sender", str(waybill.pk), *options]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield begin
    for process in running:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate(timeout=10)


def database_url() -> str:
    named = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{named['NAME']}"
    return f"postgres://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.05)


def says(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the sender ended without saying {word}")


def let_the_lease_end() -> None:
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=leases.tick() - 1)


def state(waybill: Waybill) -> tuple[str, str]:
    row = Waybill.objects.get(pk=waybill.pk)
    return row.booking_state, row.waybill_number
