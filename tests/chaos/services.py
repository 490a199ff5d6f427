"""A PostgreSQL and a Redis of this program's own, on free ports: they are really stopped, and started again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.chaos.ports import free_port

STARTS_WITHIN = 60.0


class MissingError(Exception):
    """The message says what is missing and what to do."""


def binary(name: str) -> str:
    """Its path. Debian keeps those of PostgreSQL's server outside PATH; the newest is taken."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = shutil.which(name) or (str(versions[-1]) if versions else "")
    if not found:
        package = "redis-server" if name == "redis-server" else "postgresql"
        raise MissingError(
            f"{name} was not found: apt-get install {package}. Or book on SQLite and a broker of files: ON=sqlite"
        )
    return found


class _Server:
    """A process of our own that listens on a port of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.port = free_port()
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self, user: str | None = None) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **_as(user),
            )  # fmt: skip
        end = time.monotonic() + STARTS_WITHIN
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise MissingError(f"{self.command()[0]} did not start; {self.log} says why")
            time.sleep(0.1)

    def stop(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=STARTS_WITHIN)


class Postgres(_Server):
    """Its cluster belongs to an ordinary user where we are root, whom PostgreSQL does not serve."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "postgres")
        self.program = binary("postgres")
        self.user = "postgres" if os.geteuid() == 0 else None
        # Not below `folder`, which others may not enter.
        self.folder = Path(tempfile.mkdtemp(prefix="bexportal-chaos-postgres-"))
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        self.data = self.folder / "data"
        self.url = f"postgres://portal:portal@127.0.0.1:{self.port}/portal"
        subprocess.run(
            [binary("initdb"), "-D", str(self.data), "-U", "portal", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
            check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **_as(self.user),
        )  # fmt: skip
        self.start()
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE portal")

    def command(self) -> list[str]:
        return [
            self.program, "-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder),
        ]  # fmt: skip

    def start(self, user: str | None = None) -> None:
        super().start(user or self.user)

    def answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _address(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=portal dbname={database}"

    def crash(self) -> None:
        """`pg_ctl stop -m immediate`: nobody is waited for, nothing is put in order."""
        self.stop(signal.SIGQUIT)

    def end(self) -> None:
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(_Server):
    """Keeps nothing on the disk: what it held is gone when it is killed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "redis")
        self.folder = folder
        self.program = binary("redis-server")
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def command(self) -> list[str]:
        return [
            self.program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no",
            "--dir", str(self.folder),
        ]  # fmt: skip

    def answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=5) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def crash(self) -> None:
        self.stop(signal.SIGKILL)

    def end(self) -> None:
        self.crash()


def _as(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
