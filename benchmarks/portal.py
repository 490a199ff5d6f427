"""Installations of their own to measure: SQLite with a broker of files; PostgreSQL with Redis where they answer."""

import base64
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.courier import ROOT

SERVER = os.environ.get("BENCH_DATABASE_SERVER", "postgres://postgres:postgres@127.0.0.1:5432")
"""A PostgreSQL in which databases may be made, without a database's name."""
_LOGS = itertools.count(1)


@dataclass(frozen=True)
class Portal:
    """`name`: what it runs on. `env`: its settings."""

    name: str
    env: dict[str, str] = field(repr=False)

    def run(self, *arguments: str) -> str:
        """A program of this checkout, in this installation; what it printed."""
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        return done.stdout

    @contextmanager
    def running(self, *arguments: str, until: str = "") -> Iterator[int]:
        """A process of it, for as long as the block lasts: its id. The block begins when its log has these words."""
        log = Path(self.env["VAR_DIR"]) / f"{'-'.join(arguments[1:3]).replace(':', '-')}-{next(_LOGS)}.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT
            )
        try:
            while until not in log.read_text():
                if process.poll() is not None:
                    raise SystemExit(f"It ended at once:\n{log.read_text()}")
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=60)

    @contextmanager
    def serving(self, application: str, *options: str) -> Iterator[str]:
        """An application of this checkout behind gunicorn; its address."""
        with self.served(application, *options) as (address, _):
            yield address

    @contextmanager
    def served(self, application: str, *options: str) -> Iterator[tuple[str, int]]:
        """The same, with the id of gunicorn's first process."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        bound = ("--bind", f"127.0.0.1:{port}", "--log-level", "critical")
        with self.running("-m", "gunicorn", application, *options, *bound) as process:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", process


@contextmanager
def portals(courier: str) -> Iterator[list[Portal]]:
    """Each with its tables made, speaking to this courier."""
    with ExitStack() as stack:
        found = [Portal("SQLite", stack.enter_context(_environment(courier)))]
        database = stack.enter_context(_database())
        if database:
            env = stack.enter_context(_environment(courier))
            redis = stack.enter_context(_redis())
            name = "PostgreSQL + Redis" if redis else "PostgreSQL"
            found.append(Portal(name, {**env, "DATABASE_URL": database, "REDIS_URL": redis}))
        else:
            print("bench   | PostgreSQL: none answers, see BENCH_DATABASE_SERVER")
        for portal in found:
            portal.run("manage.py", "migrate", "--verbosity", "0")
        yield found


@contextmanager
def _environment(courier: str) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="bexportal-bench-") as var:
        yield {
            **os.environ,
            "SECRET_KEY": "bench-only-" * 6,
            "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "BEX_API_URL": courier,
            "VAR_DIR": var,
            "JOURNAL_DIR": f"{var}/journal",
            "DATABASE_URL": f"sqlite:///{var}/db.sqlite3",
            "REDIS_URL": "",
            "BEX_CONCURRENCY": "8",
            "LOG_FORMAT": "readable",
        }


@contextmanager
def _database() -> Iterator[str]:
    """Its URL, '' where no PostgreSQL answers."""
    name = f"bexportal_bench_{os.getpid()}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield ""
        return
    with server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield f"{SERVER}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def _redis() -> Iterator[str]:
    """One of our own on a free port; '' where there is no redis-server."""
    if shutil.which("redis-server") is None:
        yield ""
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=10)
