"""A whole portal as processes of its own, with a courier in a box, in a folder of its own."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from tests.chaos.ports import children, command_of, free_port

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"web": ("web",), "worker": ("worker", "worker2"), "beat": ("beat",)}


class Portal:
    """Sandbox, web, two workers and beat, minded by the demo's supervisor. `services`: DATABASE_URL and REDIS_URL."""

    def __init__(self, home: Path, services: dict[str, str], deadline: float) -> None:
        self.home = home
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.courier = f"http://127.0.0.1:{self.sandbox_port}"
        self.log_path = home.parent / "portal.log"
        self.clock = home.parent / "clock.json"
        self.clock.write_text("{}")
        given = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        ports = ["--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        with self.log_path.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.house", "--home", str(home), *ports],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                env={**given, **services, "CHAOS_CLOCK": str(self.clock), "CHAOS_DEADLINE": str(deadline)},
            )  # fmt: skip
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + 240
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).ok and (self.home / "env").exists():
                    return
            except requests.RequestException:
                pass
            time.sleep(0.5)
        last = "\n".join(self.log_path.read_text().splitlines()[-20:])
        raise SystemExit(f"The portal did not start:\n{last}")

    def environment(self) -> dict[str, str]:
        lines = (self.home / "env").read_text().splitlines()
        return dict(line.split("=", 1) for line in shlex.split("\n".join(lines)))

    def groups(self, kind: str) -> list[int]:
        """The process groups of that kind: one for web with gunicorn's workers, one for each of Celery's workers."""
        found = []
        for child in children(self.process.pid):
            words = command_of(child)
            if "tests.chaos.clock" in words and words[words.index("tests.chaos.clock") + 1] in KINDS[kind]:
                found.append(child)
        return found

    def control(self, path: str, wish: dict[str, Any] | None = None) -> Any:
        """The sandbox's own controls. Tried again: the fault that cuts at accept meets this call as well."""
        for _ in range(20):
            try:
                if wish is None:
                    return requests.get(f"{self.courier}/_sandbox/{path}", timeout=60).json()
                return requests.post(f"{self.courier}/_sandbox/{path}", json=wish, timeout=30).json()
            except requests.RequestException:
                time.sleep(0.2)
        raise SystemExit("The sandbox does not answer.")

    def disarm(self) -> None:
        for _ in range(20):
            try:
                requests.delete(f"{self.courier}/_sandbox/faults", timeout=30)
            except requests.RequestException:
                time.sleep(0.2)
            else:
                return

    def move_clocks(self, wrong_by: dict[str, float]) -> None:
        """Seconds, for each process by its name; whoever is not named has the right time."""
        half = self.clock.with_suffix(".half")
        half.write_text(json.dumps(wrong_by))
        half.rename(self.clock)

    def end(self) -> None:
        for kind in KINDS:
            for group in self.groups(kind):
                signal_group(group, signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()


def signal_group(group: int, number: signal.Signals) -> bool:
    """False where nobody is left in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True
