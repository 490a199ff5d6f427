"""Requests that the server itself cannot read: answered as problem documents, as everything of the API."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bexportal.problems import KINDS, MEDIA_TYPE
from tests.courier import ROOT

pytestmark = pytest.mark.slow
LONG = "x" * 9000
SECRET = "bexp_not-for-any-log"
HOST = "Host: 127.0.0.1"
POST = "POST /api/v1/waybills HTTP/1.1"
KEY = f"Authorization: Bearer {SECRET}"
UNREADABLE = {
    "two content types": ((POST, HOST, KEY, "Content-Type: application/json", "Content-Type: text/plain"), "malformed"),
    "a length that is none": ((POST, HOST, KEY, "Content-Length: abc"), "malformed"),
    "two lengths": ((POST, HOST, KEY, "Content-Length: 1", "Content-Length: 2"), "malformed"),
    "a long address": ((f"GET /api/v1/places?q={LONG} HTTP/1.1", HOST, KEY), "address-too-long"),
    "a long header": (("GET /api/v1/accounts HTTP/1.1", HOST, KEY, f"X-Note: {LONG}"), "headers-too-large"),
    "many headers": (
        ("GET /api/v1/accounts HTTP/1.1", HOST, KEY, *(f"X-{number}: 1" for number in range(200))),
        "headers-too-large",
    ),
    "a header without a name": (("GET /api/v1/accounts HTTP/1.1", HOST, KEY, f": {SECRET}"), "malformed"),
    "no version that there is": (("GET /api/v1/accounts HTTP/9.9", HOST, KEY), "malformed"),
    "no request at all": (("hello",), "malformed"),
    "a coding that nobody knows": ((POST, HOST, KEY, "Transfer-Encoding: fancy"), "malformed"),
    "an expectation that nobody meets": ((POST, HOST, KEY, "Content-Length: 2", "Expect: 200-fine"), "malformed"),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gunicorn") / "log"


@pytest.fixture(scope="module")
def port(log: Path) -> Iterator[int]:
    """gunicorn as in production; what it refuses reaches neither Django nor a database."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found: int = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "python:bexportal.serving", "--workers", "1"]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{found}", "bexportal.wsgi"], cwd=ROOT, stdout=out, stderr=out,
            env={**os.environ, "VAR_DIR": str(log.parent), "JOURNAL_DIR": str(log.parent / "journal")},
        )  # fmt: skip
    try:
        wait_for(found, process)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("gunicorn ended")


def said(port: int, *lines: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, body; until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    head, _, told = received.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
    return int(first.split()[1]), headers, told


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_request_that_cannot_be_read_is_told_so_in_a_problem_document(port: int, log: Path, what: str) -> None:
    lines, kind = UNREADABLE[what]
    status, headers, told = said(port, *lines, body=b"{}")
    assert (status, headers.get("content-type")) == (KINDS[kind][0], MEDIA_TYPE), told
    problem = json.loads(told)
    assert (problem["type"], problem["status"], problem["title"]) == (f"/api/v1/docs#{kind}", status, KINDS[kind][1])
    assert problem["detail"]
    assert problem["request_id"] == headers["x-request-id"] != ""
    assert (headers["connection"], int(headers["content-length"])) == ("close", len(told))
    logged = log.read_text()
    assert problem["request_id"] in logged
    assert SECRET not in logged + told.decode()


def test_what_can_be_read_is_answered_by_the_portal(port: int) -> None:
    status, headers, _ = said(port, "GET /healthz HTTP/1.1", HOST, "Connection: close")
    assert (status, headers["content-type"]) == (200, "application/json")
