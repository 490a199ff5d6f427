"""Sweeps in processes of their own, one of them killed amid its calls: no parcel is taken twice, none forgotten."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils import timezone

from shipments.models import Waybill
from tests.booking.processes import ROOT, database_url, says
from tests.tracking.parcels import Book
from tracking import claims
from tracking.sync import sync

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
PARCELS = 60


class Slow(ThreadingHTTPServer):
    """Knows nothing of any parcel and counts who is asked for; while `hangs`, it never answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: Counter[str] = Counter()
        self.lock, self.open = threading.Lock(), threading.Event()
        self.open.set()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Slow

    def do_POST(self) -> None:
        items = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["searchItems"]
        with self.server.lock:
            self.server.asked.update(items.split(","))
        time.sleep(0.05)
        self.server.open.wait(30)
        body = b'{"items": []}'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            self.wfile.write(head.encode() + body)
        except OSError:
            return  # who asked was killed

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def slow() -> Iterator[Slow]:
    server = Slow()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.open.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sweeper(slow: Slow) -> Iterator[Any]:
    running: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        env = {**os.environ, "DATABASE_URL": database_url(), "BEX_API_URL": slow.url, "TRACKING_CONCURRENCY": "2"}
        command = [sys.executable, "-m", "tests.tracking.sweeper"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def due(book: Book, slow: Slow) -> None:
    for number in range(PARCELS):
        book(f"ACP{number}", tracking_due_at=timezone.now() - timedelta(minutes=1))
    Waybill.objects.update(endpoint=slow.url)


def test_processes_that_sweep_at_once_share_what_is_due(due: None, slow: Slow, sweeper: Any) -> None:
    for process in [sweeper() for _ in range(3)]:
        says(process, "done")
    assert slow.asked == Counter({f"ACP{number}": 1 for number in range(PARCELS)})


def test_what_a_killed_process_had_taken_is_looked_at_after_its_lease(due: None, slow: Slow, sweeper: Any) -> None:
    slow.open.clear()
    process = sweeper()
    until = time.monotonic() + 60
    while not slow.asked and time.monotonic() < until:
        time.sleep(0.05)
    process.kill()
    process.wait()
    slow.open.set()
    taken = set(slow.asked)
    assert taken
    sync()
    assert all(slow.asked[number] == 1 for number in taken), "its lease has not ended"
    assert set(slow.asked) == {f"ACP{number}" for number in range(PARCELS)}
    sync(now=timezone.now() + claims.LEASE + timedelta(minutes=2))
    assert all(slow.asked[number] >= 2 for number in taken)
    assert not Waybill.objects.filter(tracking_checked_at=None).exists()
