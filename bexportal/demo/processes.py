"""Processes that end with us, however we end."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bexportal.demo.home import ROOT
from bexportal.demo.lines import relay, say

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
FEWEST_SECONDS = 20
MOST_STARTS = 4


def end_with_parent() -> None:
    """Linux sends this process SIGTERM when its parent dies, even by SIGKILL."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class KeepsDyingError(Exception):
    """A process ended again and again; the message says which and how."""


@dataclass
class Child:
    """One process in a group of its own, so that its own children end with it. Start it from the main thread only."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    keep_fds: Sequence[int] = ()
    process: subprocess.Popen[str] | None = None
    starts: list[float] = field(default_factory=list)
    _lines: threading.Thread | None = None

    def start(self) -> None:
        parent = os.getpid()

        def in_the_child() -> None:
            end_with_parent()
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

        self.starts.append(time.monotonic())
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env={**os.environ, **self.env, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=tuple(self.keep_fds),
            preexec_fn=in_the_child,  # noqa: PLW1509 - two system calls, before any thread of the child
        )
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        self._lines = relay(self.name, self.process.stdout)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def mind(self) -> None:
        """Start it again where it ended by itself. KeepsDyingError when that does not help."""
        if self.process is None or self.running:
            return
        how = ending(self.process.returncode)
        self.signal(signal.SIGKILL)  # whatever it left behind
        lately = [at for at in self.starts if time.monotonic() - at < FEWEST_SECONDS]
        if len(lately) >= MOST_STARTS:
            raise KeepsDyingError(f"{self.name} ended again and again, at last {how}. Its lines above say why.")
        say("demo", f"{self.name} ended ({how}); starting it again.")
        self.start()

    def signal(self, number: signal.Signals) -> None:
        """To the whole group; one that is gone needs none."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return

    def wait(self, until: float) -> bool:
        """False when it still runs at that moment of the monotonic clock."""
        if self.process is None:
            return True
        try:
            self.process.wait(timeout=max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def finish_lines(self) -> None:
        if self._lines is not None:
            self._lines.join(timeout=1)


def ending(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
