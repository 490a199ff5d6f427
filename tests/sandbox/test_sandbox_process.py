"""Starting, ending, and remembering."""

import ast
import contextlib
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import requests

from tests.sandbox.harness import ROOT, Box, end, first_line, launch, running, wait_until, waybill


def test_a_free_port_is_taken_and_printed(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        assert int(box.url.rsplit(":", 1)[1]) > 0
        assert box.track("nothing")[0]["groupingIndex"] == -1


def test_a_busy_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "sandbox", "--port", port, "--state", str(tmp_path)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode == 2
    assert ended.stderr.strip() == (
        f"Port {port} on 127.0.0.1 cannot be used: Address already in use. Choose another with --port."
    )
    assert ended.stdout == ""


def test_a_folder_that_cannot_be_read_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "sandbox.sqlite3").write_bytes(b"no database at all" * 100)
    process = launch(tmp_path)
    _, complaint = process.communicate(timeout=10)
    assert process.returncode == 2
    assert complaint.startswith(f"What was kept in {tmp_path} cannot be read")
    assert len(complaint.splitlines()) == 1


def test_it_stands_alone() -> None:
    """From the documentation and not from our own client: a mistake in one shows in the other."""
    imported = set()
    for module in (ROOT / "sandbox").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    assert imported - sys.stdlib_module_names == {"sandbox", "reportlab"}


def test_two_sandboxes_never_share_a_folder(tmp_path: Path) -> None:
    with running(tmp_path):
        second = launch(tmp_path)
        _, complaint = second.communicate(timeout=10)
    assert second.returncode == 2
    assert "Another sandbox is using the folder" in complaint


def test_sigterm_and_sigint_end_it_cleanly(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        process = launch(tmp_path)
        assert first_line(process)
        complaint = end(process, number)
        assert (process.returncode, complaint) == (0, "")


def test_a_signal_ends_it_while_calls_hang_and_while_it_is_busy(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        token = box.login()
        box.control("faults", {"call": "quote", "kind": "hang_before", "times": 2})
        callers = [threading.Thread(target=_call_until_it_ends, args=(box, call, token)) for call in CALLS]
        for caller in callers:
            caller.start()
        wait_until(lambda: bool(box.waybills()) and not box.control("faults"))
        complaint = end(box.process, signal.SIGINT)
        assert (box.process.returncode, complaint) == (0, "")
        for caller in callers:
            caller.join(timeout=10)


CALLS = ("getquoteservicedeliverypricingv2", "getquoteservicedeliverypricingv2", *["submitwaybillv4"] * 4)


def _call_until_it_ends(box: Box, call: str, token: str) -> None:
    with requests.Session() as session, contextlib.suppress(requests.exceptions.RequestException):
        while True:
            session.post(f"{box.url}/api/service/{call}", json=waybill(), headers={"token": token}, timeout=30)


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        token, alternate = box.login(), box.login(alternate=True)
        box.control("clock", {"speed": 600})
        box.control("settings", {"shuffle_columns": True})
        number = box.book()
        box.control(f"waybills/{number}/step", {})
        before = box.control(f"waybills/{number}")
        ahead = box.control("clock")["ahead_seconds"]
        box.process.kill()
    with running(tmp_path) as box:
        after = box.control(f"waybills/{number}")
        assert (box.login(), box.login(alternate=True)) == (token, alternate)
        assert after["payload"] == before["payload"]
        happened = [event for event in before["events"] if event["happened"]]
        assert [event for event in after["events"] if event["happened"]][: len(happened)] == happened
        assert box.control("state")["settings"]["shuffle_columns"] is True
        assert box.control("state")["counters"]["submit"] == 1
        assert box.control("clock")["ahead_seconds"] >= ahead


def test_the_speed_is_given_at_the_start(tmp_path: Path) -> None:
    with running(tmp_path, "--speed", "600", "--seed-demo") as box:
        assert box.control("clock")["speed"] == 600
        assert len(box.waybills()) == 5
