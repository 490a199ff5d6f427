"""`make demo`: one terminal, one last line that is true, and nothing left behind however it ends."""

import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"^Ready: (http://127\.0\.0\.1:\d+)  \(demo / (\S+)\)$")
PATIENCE = 100


@dataclass
class Terminal:
    """A demo with a home of its own, and what it prints."""

    home: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self.read, daemon=True)

    def read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line.rstrip("\n"))
                if READY.match(line.rstrip("\n")):
                    self.ready.set()

    def where(self) -> tuple[str, str]:
        """Address and password of the last line."""
        until = time.monotonic() + PATIENCE
        while not self.ready.wait(0.2):
            assert self.process.poll() is None, "\n".join(self.lines)
            assert time.monotonic() < until, "\n".join(self.lines)
        found = next(match for line in self.lines if (match := READY.match(line)))
        return found[1], found[2]

    def processes(self) -> list[int]:
        """Whatever runs with this home in its environment, the supervisor left out."""
        return [pid for pid in _all_pids() if str(self.home).encode() in _environment(pid)]

    def has_ended(self) -> bool:
        until = time.monotonic() + 30
        while self.processes() and time.monotonic() < until:
            time.sleep(0.2)
        return not self.processes()


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def start(home: Path, port: int) -> Terminal:
    ports = ["--port", str(port), "--sandbox-port", str(random.randrange(20_000, 32_000))]
    command = [sys.executable, "-m", "bexportal.demo", "--home", str(home), *ports]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    terminal = Terminal(home, process)
    terminal.reader.start()
    return terminal


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def demo(home: Path, busy_port: int) -> Iterator[Terminal]:
    """The second one in this module finds what the first one kept."""
    terminal = start(home, busy_port)
    yield terminal
    terminal.process.kill()
    terminal.process.wait(10)
    assert terminal.has_ended()
    terminal.reader.join(10)


def sign_in(address: str, name: str, password: str) -> requests.Session:
    session = requests.Session()
    session.get(f"{address}/sign-in/", timeout=10)
    form = {"username": name, "password": password, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    answer = session.post(f"{address}/sign-in/", form, timeout=10, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return session


@pytest.mark.slow
def test_its_last_line_says_where_to_look_and_how_to_sign_in(demo: Terminal, busy_port: int) -> None:
    address, password = demo.where()
    assert not address.endswith(f":{busy_port}")
    assert any(f"Port {busy_port} is in use" in line for line in demo.lines)
    assert requests.get(f"{address}/readyz", timeout=10).json()["status"] == "ready"
    home_page = sign_in(address, "demo", password).get(address, timeout=10)
    assert home_page.status_code == 200
    assert "PO-1041" in sign_in(address, "naledi", password).get(f"{address}/waybills/", timeout=10).text


@pytest.mark.slow
def test_a_second_one_in_the_same_folder_says_so(demo: Terminal) -> None:
    address, _ = demo.where()
    second = subprocess.run(
        [sys.executable, "-m", "bexportal.demo", "--home", str(demo.home)],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert f"runs already: a demo at {address}" in second.stderr


@pytest.mark.slow
def test_every_process_ends_with_a_signal(demo: Terminal) -> None:
    demo.where()
    assert len(demo.processes()) >= 4
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(30) == 0
    assert demo.processes() == []


@pytest.mark.slow
def test_no_process_outlives_a_killed_supervisor(demo: Terminal) -> None:
    demo.where()
    demo.process.kill()
    assert demo.has_ended()


@pytest.mark.slow
def test_a_killed_worker_is_started_again(demo: Terminal) -> None:
    demo.where()
    worker = next(pid for pid in demo.processes() if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes())
    subprocess.run(["kill", "-9", str(worker)], check=True)
    until = time.monotonic() + 30
    while not any("worker ended (by SIGKILL); starting it again" in line for line in demo.lines):
        assert time.monotonic() < until, "\n".join(demo.lines)
        time.sleep(0.2)
