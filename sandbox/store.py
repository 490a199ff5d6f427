"""The courier's memory: one SQLite file. What was committed survives a kill -9 of the process."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox.wire import dumps, loads

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS identities (
    username TEXT PRIMARY KEY, password TEXT NOT NULL, id INTEGER NOT NULL, strong_password INTEGER NOT NULL,
    email_verified INTEGER NOT NULL, webhook_key TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS accounts (
    number TEXT PRIMARY KEY, username TEXT, name TEXT NOT NULL, rate_factor TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    value TEXT PRIMARY KEY, username TEXT NOT NULL, kind TEXT NOT NULL, ended INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS waybills (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE COLLATE NOCASE, account TEXT NOT NULL,
    username TEXT NOT NULL, senders_ref TEXT NOT NULL, is_foreign INTEGER NOT NULL DEFAULT 0, booked_at REAL NOT NULL,
    booked_at_real REAL NOT NULL, times_booked INTEGER NOT NULL DEFAULT 1, payload TEXT NOT NULL, facts TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS waybills_by_sender ON waybills (senders_ref COLLATE NOCASE) WHERE senders_ref <> '';
CREATE TABLE IF NOT EXISTS extra_references (waybill_id INTEGER NOT NULL, value TEXT NOT NULL COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS references_by_value ON extra_references (value COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS references_by_waybill ON extra_references (waybill_id);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, waybill_id INTEGER NOT NULL, due_at REAL NOT NULL, place INTEGER NOT NULL,
    step TEXT NOT NULL, description TEXT NOT NULL, user TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0,
    details TEXT NOT NULL DEFAULT '{}');
CREATE INDEX IF NOT EXISTS events_by_waybill ON events (waybill_id, due_at, place);
CREATE INDEX IF NOT EXISTS events_to_tell ON events (due_at) WHERE told = 0;
CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, operation TEXT NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, payload TEXT NOT NULL, fault TEXT, committed INTEGER NOT NULL, ex TEXT, waybill TEXT);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL, kind TEXT NOT NULL, times INTEGER NOT NULL,
    options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, uri TEXT NOT NULL, secret TEXT NOT NULL, description TEXT NOT NULL,
    filters TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, webhook_id TEXT NOT NULL, attempt INTEGER NOT NULL,
    at REAL NOT NULL, status INTEGER, problem TEXT, body TEXT NOT NULL);
"""


class StateInUse(Exception):
    """Another sandbox works on the same folder."""


class Store:
    """One connection behind one lock: plenty for a sandbox, and no call ever sees half of another one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder_lock = (folder / "sandbox.lock").open("w")
        try:
            fcntl.flock(self._folder_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._folder_lock.close()
            raise StateInUse from None
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()
            self._folder_lock.close()

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[None]:
        """One transaction; inner ones join the outer. ``durable`` also waits for the disk."""
        with self._lock:
            if self._depth:
                yield
                return
            if durable:
                self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._depth = 0
                if durable:
                    self._db.execute("PRAGMA synchronous = NORMAL")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return found

    def run(self, sql: str, *values: object) -> int:
        """Returns how many rows were changed."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def insert(self, sql: str, *values: object) -> int:
        """Returns the new row's id."""
        with self._lock:
            return int(self._db.execute(sql, values).lastrowid or 0)

    def run_many(self, sql: str, values: Sequence[Sequence[object]]) -> None:
        with self._lock:
            self._db.executemany(sql, values)

    def get(self, name: str, default: object = None) -> object:
        row = self.row("SELECT value FROM meta WHERE name = ?", name)
        return default if row is None else loads(row["value"])

    def put(self, name: str, value: object) -> None:
        self.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, dumps(value))

    def next_number(self, name: str, first: int) -> int:
        """Counts up from ``first``; call it inside ``writing``."""
        number = int(str(self.get(name, first)))
        self.put(name, number + 1)
        return number
