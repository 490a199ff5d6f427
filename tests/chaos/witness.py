"""Watches the journal for the moment between a sender's line and its first byte."""

import re
import signal
import threading
import time
from pathlib import Path

from tests.chaos.portal import signal_group

_PROCESS = re.compile(r"-(\d+)-[0-9a-f]+\.journal$")


def next_sending(folder: Path, over: threading.Event, *, seconds: float, stop: set[int] | None = None) -> int | None:
    """The process that next says it is about to send; stopped at once where it is one of `stop`. None: nobody did."""
    end = time.monotonic() + seconds
    files = {path: path.stat().st_size for path in folder.glob("*.journal") if _concerns(path, stop)}
    while files and time.monotonic() < end and not over.is_set():
        for path, known in files.items():
            size = path.stat().st_size
            if size == known:
                continue
            files[path] = size
            if b'"kind":"sending"' in _tail(path, known):
                process = _process(path)
                if stop is not None:
                    signal_group(process, signal.SIGSTOP)
                return process
        time.sleep(0.0003)
    return None


def _concerns(path: Path, stop: set[int] | None) -> bool:
    return stop is None or _process(path) in stop


def _process(path: Path) -> int:
    found = _PROCESS.search(path.name)
    return int(found[1]) if found else 0


def _tail(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read()
