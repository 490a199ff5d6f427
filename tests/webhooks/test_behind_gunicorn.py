"""A real gunicorn and a raw socket: `Expect: 100-continue`, bodies in pieces, what is too large, two headers.

The installation has no worker, no beat and no broker: a receiver needs none.
"""

import base64
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.courier import ROOT, Courier
from tests.webhooks.courier import SECRET, body_of, event, openssl_signature

pytestmark = pytest.mark.slow
ECHO = "0123456789abcdef0123456789abcdef"
MAKE = """
from django.conf import settings
from tracking.models import Subscription
made = Subscription.prepared(description="x", endpoint=settings.BEX_WEBHOOK_URL, courier=settings.BEX_API_URL, state="active")
made.keep_key("x")
made.keep_secret({secret!r})
made.save()
print(made.path)
"""  # noqa: E501


@dataclass
class Installation:
    env: dict[str, str]
    port: int
    path: str = ""

    def manage(self, *arguments: str, given: str = "") -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.env, input=given, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    @property
    def verdicts(self) -> list[str]:
        with closing(sqlite3.connect(self.env["DATABASE_URL"].removeprefix("sqlite:///"))) as database:
            rows = database.execute("SELECT verdict FROM tracking_delivery ORDER BY received_at").fetchall()
        return [verdict for (verdict,) in rows]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, _courier_process: Courier) -> Iterator[Installation]:
    """One gunicorn process with two threads over an SQLite of its own."""
    var, port = tmp_path_factory.mktemp("gunicorn"), free_port()
    env = {
        **os.environ, "VAR_DIR": str(var), "DATABASE_URL": f"sqlite:///{var / 'db.sqlite3'}", "DEBUG": "true",
        "JOURNAL_DIR": str(var / "journal"), "PUBLIC_URL": f"http://127.0.0.1:{port}", "REDIS_URL": "",
        "BEX_API_URL": _courier_process.url, "BEX_WEBHOOK_URL": _courier_process.url, "LOG_FORMAT": "readable",
        "SECRET_KEY": "gunicorn-only-" * 5,
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }  # fmt: skip
    found = Installation(env, port)
    found.manage("migrate", "--verbosity", "0")
    found.path = found.manage("shell", "-c", MAKE.format(secret=SECRET)).splitlines()[-1]
    command = [sys.executable, "-m", "gunicorn", "bexportal.wsgi", "--bind", f"127.0.0.1:{port}",
               "--worker-class", "gthread", "--threads", "2", "--log-level", "warning"]  # fmt: skip
    with (Path(var) / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        wait_until_it_listens(port)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_it_listens(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("gunicorn did not start")


class Wire:
    """A connection on which every byte is our own."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.received = b""

    def send(self, *lines: str, body: bytes = b"") -> None:
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def read_head(self) -> str:
        while b"\r\n\r\n" not in self.received:
            piece = self.socket.recv(65_536)
            assert piece, f"closed after {self.received!r}"
            self.received += piece
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        return head.decode()


@pytest.fixture
def wire(installation: Installation) -> Iterator[Wire]:
    with socket.create_connection(("127.0.0.1", installation.port), timeout=30) as connection:
        yield Wire(connection)


def head_of(installation: Installation, *more: str) -> list[str]:
    """As the sender writes it: no User-Agent."""
    lines = [f"POST {installation.path} HTTP/1.1", f"Host: 127.0.0.1:{installation.port}"]
    return [*lines, "Content-Type: application/json; charset=utf-8", *more]


def test_expect_100_continue(installation: Installation, wire: Wire) -> None:
    body = body_of(event(), id="expecting")
    signed = f"ms-signature: {openssl_signature(SECRET, body)}"
    wire.send(*head_of(installation, "Expect: 100-continue", f"Content-Length: {len(body)}", signed))
    assert wire.read_head() == "HTTP/1.1 100 Continue"
    wire.socket.sendall(body)
    head = wire.read_head()
    assert head.startswith("HTTP/1.1 200 ")
    assert "Set-Cookie" not in head
    assert installation.verdicts[-1] == "signed"


def test_who_expects_and_sends_at_once_is_taken_as_well(installation: Installation, wire: Wire) -> None:
    body = body_of(event(), id="impatient")
    signed = f"ms-signature: {openssl_signature(SECRET, body)}"
    wire.send(*head_of(installation, "Expect: 100-continue", f"Content-Length: {len(body)}", signed), body=body)
    heads = [wire.read_head()]
    if heads[0].startswith("HTTP/1.1 100"):
        heads.append(wire.read_head())
    assert heads[-1].startswith("HTTP/1.1 200 ")


def test_a_body_in_pieces_without_a_length(installation: Installation, wire: Wire) -> None:
    body = body_of(event(), id="chunked")
    signed = f"ms-signature: {openssl_signature(SECRET, body)}"
    wire.send(*head_of(installation, "Transfer-Encoding: chunked", "Expect: 100-continue", signed))
    assert wire.read_head() == "HTTP/1.1 100 Continue"
    for piece in (body[:70], body[70:]):
        wire.socket.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    wire.socket.sendall(b"0\r\n\r\n")
    assert wire.read_head().startswith("HTTP/1.1 200 ")


def test_two_signatures_are_400(installation: Installation, wire: Wire) -> None:
    body = body_of(event(), id="two")
    signed = f"ms-signature: {openssl_signature(SECRET, body)}"
    wire.send(*head_of(installation, f"Content-Length: {len(body)}", signed, signed), body=body)
    assert wire.read_head().startswith("HTTP/1.1 400 ")


def test_what_is_too_large_is_read_away_and_told(installation: Installation, wire: Wire) -> None:
    size = 3_000_000
    wire.send(*head_of(installation, f"Content-Length: {size}", "ms-signature: sha256=" + "0" * 64), body=b" " * size)
    assert wire.read_head().startswith("HTTP/1.1 413 ")


def test_who_goes_away_in_the_middle_leaves_nothing(installation: Installation, wire: Wire) -> None:
    before = installation.verdicts
    wire.send(*head_of(installation, "Content-Length: 500", "ms-signature: sha256=" + "0" * 64), body=b"half")
    wire.socket.close()
    time.sleep(0.5)
    assert installation.verdicts == before


def test_the_echo(installation: Installation, wire: Wire) -> None:
    wire.send(f"GET {installation.path}?echo={ECHO} HTTP/1.1", f"Host: 127.0.0.1:{installation.port}")
    head = wire.read_head()
    assert head.startswith("HTTP/1.1 200 ")
    assert "Set-Cookie" not in head
    assert "Content-Type: text/plain" in head


def test_the_shell_registers_beside_it(installation: Installation, courier: Courier) -> None:
    said = installation.manage("add_webhook", "From the shell", given="demo-webhook-key\n")
    assert said.startswith(f"http://127.0.0.1:{installation.port}/hooks/")
    (there,) = courier.control("webhooks?secrets=1")["webhooks"]
    assert (there["uri"], bool(there["active"])) == (said, True)
    assert there["secret"] not in said
    courier.control("webhooks/send", {"notifications": [event()]})
    end = time.monotonic() + 15
    while not courier.control("webhooks")["deliveries"] and time.monotonic() < end:
        time.sleep(0.1)
    assert [one["status"] for one in courier.control("webhooks")["deliveries"]] == [200]
    assert installation.manage("remove_webhook", said) == "From the shell has ended."
