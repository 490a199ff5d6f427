"""The witness outside the database: one line before each sending, one after.

One directory for all senders (`JOURNAL_DIR`), not on the database's disk; one file per process start; each line with a
checksum and forced to the disk. Nothing personal and none of BEX's words stand in it. It is kept as long as backups.
"""

import hashlib
import json
import os
import secrets
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.utils import timezone

CHECKSUM_LENGTH = 16
ID_FILE = "journal-id"
SUFFIX = ".journal"


class JournalUnusable(Exception):
    """The journal cannot be written or read: nothing may be sent."""


@dataclass(frozen=True)
class Entry:
    """What the journal knows of one attempt. `outcome` is '' while no answer was noted."""

    attempt: str
    sent: dict[str, Any]
    outcome: str = ""
    answer: dict[str, Any] | None = None

    @property
    def waybill_number(self) -> str:
        return str((self.answer or {}).get("waybill_number", ""))


_lock = threading.Lock()
_open: tuple[int, Path, TextIO] | None = None


def directory() -> Path:
    return Path(settings.JOURNAL_DIR)


def journal_id() -> str:
    """The id of this journal; a new directory gets one. Raises JournalUnusable."""
    path = directory() / ID_FILE
    try:
        directory().mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # Written aside and linked: a process that is killed meanwhile leaves no journal without an id.
            aside = path.with_name(f"{ID_FILE}.{uuid.uuid4().hex}")
            with aside.open("x") as file:
                file.write(str(uuid.uuid4()))
                _force(file)
            try:
                os.link(aside, path)
            except FileExistsError:
                pass  # another process was first
            finally:
                aside.unlink()
            _force_directory()
        found = path.read_text().strip()
    except OSError as error:
        raise JournalUnusable(f"the journal cannot be written: {error.strerror}") from error
    if not found:
        raise JournalUnusable("the journal has lost its id")
    return found


def sending(attempt: str, **facts: Any) -> None:
    """The line before the first byte. Raises JournalUnusable; then nothing may be sent."""
    _write({"kind": "sending", "attempt": attempt, **facts})


def answered(attempt: str, outcome: str, **facts: Any) -> None:
    """The line after the answer. Raises JournalUnusable; the answer is stored in the database all the same."""
    _write({"kind": "answered", "attempt": attempt, "outcome": outcome, **facts})


def check_writable() -> None:
    """Raises JournalUnusable where no line could be written."""
    _file()


def entries() -> dict[str, Entry]:
    """Every attempt that the journal names, by its id. Lines that a crash tore are left out. Raises JournalUnusable."""
    found: dict[str, Entry] = {}
    for line in _lines():
        attempt = str(line.get("attempt", ""))
        known = found.get(attempt, Entry(attempt, {}))
        if line.get("kind") == "sending":
            found[attempt] = Entry(attempt, line, known.outcome, known.answer)
        elif known.outcome != "booked":  # a number once noted is never unsaid
            found[attempt] = Entry(attempt, known.sent, str(line.get("outcome", "")), line)
    return found


def _lines() -> Iterator[dict[str, Any]]:
    try:
        for path in sorted(directory().glob(f"*{SUFFIX}")):
            with path.open(encoding="utf-8", errors="replace") as file:
                for text in file:
                    line = _checked(text)
                    if line is not None:
                        yield line
    except OSError as error:
        raise JournalUnusable(f"the journal cannot be read: {error.strerror}") from error


def _checked(text: str) -> dict[str, Any] | None:
    checksum, _, body = text.rstrip("\n").partition(" ")
    if not body or checksum != _checksum(body):
        return None
    line: dict[str, Any] = json.loads(body)
    return line


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:CHECKSUM_LENGTH]


def _write(line: dict[str, Any]) -> None:
    body = json.dumps({"at": timezone.now().isoformat(), **line}, sort_keys=True, separators=(",", ":"))
    file = _file()
    try:
        with _lock:
            file.write(f"{_checksum(body)} {body}\n")
            _force(file)
    except (OSError, ValueError) as error:
        close()
        raise JournalUnusable("the journal cannot be written") from error


def _file() -> TextIO:
    """This process's own file; another one after a fork, and when somebody moved the directory away."""
    global _open  # noqa: PLW0603 - one file per process
    with _lock:
        if _open is not None and _open[0] == os.getpid() and _open[1].parent == directory() and _open[1].exists():
            return _open[2]
        _close()
        journal_id()
        name = f"{timezone.now():%Y%m%dT%H%M%S}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        path = directory() / name
        try:
            file = path.open("x", encoding="utf-8")
            _force_directory()
        except OSError as error:
            raise JournalUnusable(f"the journal cannot be written: {error.strerror}") from error
        _open = (os.getpid(), path, file)
        return file


def close() -> None:
    """The next line opens a file of its own."""
    with _lock:
        _close()


def _close() -> None:
    """After a fork the file belongs to the parent; closing this copy of it writes nothing."""
    global _open  # noqa: PLW0603 - one file per process
    if _open is not None:
        with suppress(OSError):
            _open[2].close()
        _open = None


def _force(file: TextIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _force_directory() -> None:
    descriptor = os.open(directory(), os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
