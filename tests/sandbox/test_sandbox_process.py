"""Starting, ending, and remembering."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.sandbox.harness import ROOT, first_line, launch, running


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
        process.send_signal(number)
        _, complaint = process.communicate(timeout=10)
        assert (process.returncode, complaint) == (0, "")


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
