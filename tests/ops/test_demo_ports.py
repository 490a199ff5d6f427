"""Whatever port is asked for or taken: words, and a way to go on."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from bexportal.demo import ports
from bexportal.demo.home import usual_sandbox_port

ROOT = Path(__file__).resolve().parents[2]


def demo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bexportal.demo", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("wrong", ["99999", "65536", "0", "-1", "eight", "8000.5"])
def test_what_is_no_port_is_said(tmp_path: Path, wrong: str) -> None:
    ended = demo("--home", str(tmp_path), f"--port={wrong}")
    assert ended.returncode == 2
    assert f"a port is a number from 1 to 65535, not {wrong}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_last_port_of_all_is_looked_at_and_then_it_is_said() -> None:
    with pytest.raises(OSError, match="are all in use"), ports.listen_from(ports.LAST, besides=0)[1]:
        ports.listen_from(ports.LAST, besides=0)


def test_a_sandbox_port_that_somebody_took_is_told_with_the_process_that_holds_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        (tmp_path / "sandbox-port").write_text(f"{number}\n")
        ended = demo("--home", str(tmp_path))
    assert ended.returncode == 1
    assert f"Port {number} is in use: `" in ended.stderr
    assert f"(process {os.getpid()}) listens there" in ended.stderr
    assert "make demo-reset" in ended.stderr


def test_two_folders_want_two_sandbox_ports(tmp_path: Path) -> None:
    first, second = (usual_sandbox_port(tmp_path / name) for name in ("first", "second"))
    assert first != second
    assert {20_000 <= port < 30_000 for port in (first, second)} == {True}


def test_a_sandbox_serves_the_socket_that_it_is_given(tmp_path: Path) -> None:
    """Between being taken and being served no port is free for anybody else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        fd = listener.fileno()
        command = [sys.executable, "-m", "sandbox", "--fd", str(fd), "--state", str(tmp_path)]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[fd], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == f"sandbox courier listening on {address}"
            assert requests.get(f"{address}/_sandbox/state", timeout=10).ok
        finally:
            process.terminate()
            process.communicate(timeout=10)
