"""An installation of the storm's own: web, worker and beat as processes, on SQLite or on a PostgreSQL of its own."""

import base64
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ("-m", "gunicorn", "bexportal.wsgi", "--worker-class", "gthread", "--workers", "2", "--threads", "8",
       "--log-level", "critical", "--bind")  # fmt: skip
CELERY = ("-m", "celery", "--quiet", "--app", "bexportal")
WORKER = (*CELERY, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING", "--without-gossip",
          "--without-mingle", "--without-heartbeat")  # fmt: skip
BEAT = (*CELERY, "beat", "--loglevel", "WARNING", "--pidfile=")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class Server:
    """One process and its children; killed without warning, or asked to end."""

    def __init__(self, name: str, arguments: Sequence[str], env: dict[str, str], log: Path) -> None:
        self.name, self._arguments, self._env, self._log = name, arguments, env, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments], cwd=ROOT, env=self._env, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def end(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
        self._process = None


class Sqlite:
    """A file: it has no server to restart, so that it is locked for a while instead, and its processes are killed."""

    name = "SQLite"
    what = "database locked for 3 s"

    def __init__(self, folder: Path) -> None:
        self._file = folder / "db.sqlite3"
        self.url = f"sqlite:///{self._file}"

    def restart(self) -> None:
        with closing(sqlite3.connect(self._file, timeout=60, isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            time.sleep(3)
            database.execute("ROLLBACK")

    def end(self) -> None:
        """Nothing runs."""


class Postgres:
    """A cluster of the storm's own, made with initdb and thrown away."""

    name = "PostgreSQL"
    what = "database restarted without a warning"

    def __init__(self, folder: Path) -> None:
        self._bin = _postgres_programs()
        self._data, self._port = folder / "postgres", free_port()
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._data.mkdir()
        if self._as:
            folder.chmod(0o755)
            person = pwd.getpwnam("postgres")
            os.chown(self._data, person.pw_uid, person.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "--no-sync")
        self._start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self._port), "-U", "postgres", "storm")
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/storm"

    def restart(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        time.sleep(1)
        self._start()

    def end(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def _start(self) -> None:
        options = f"-h 127.0.0.1 -p {self._port} -k '' -c max_connections=60"
        log = str(self._data / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "60", "-o", options, "-l", log, "start")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        done = subprocess.run(
            command, cwd=self._data, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            check=False, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{program} failed: {done.stderr[-1000:]}")


def _postgres_programs() -> Path:
    """Where initdb is: on the path, or where Debian puts it."""
    found = shutil.which("initdb")
    places = (
        [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    for place in places:
        if (place / "initdb").exists():
            return place
    raise SystemExit("There is no initdb on this machine: install postgresql, or leave --postgres out.")


class Installation:
    """Its processes by name, and what a program needs to speak with its database."""

    def __init__(self, folder: Path, database: Callable[[Path], Sqlite | Postgres]) -> None:
        self.database = database(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bexportal.settings",
            "SECRET_KEY": "storm-only-" * 6,
            "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "PUBLIC_URL": self.url,
            "BEX_API_URL": "http://127.0.0.1:9",
            "BEX_WEBHOOK_URL": "http://127.0.0.1:9",
            "VAR_DIR": str(folder),
            "JOURNAL_DIR": str(folder / "journal"),
            "DATABASE_URL": self.database.url,
            "REDIS_URL": "",
            "WEBHOOK_CALLS_PER_MINUTE": "1000000",
            "LOG_FORMAT": "readable",
        }
        log = folder / "log"
        commands = {"web": (*WEB, f"127.0.0.1:{self.port}"), "worker": WORKER, "beat": BEAT}
        self.servers = {name: Server(name, words, self.env, log) for name, words in commands.items()}

    def migrate(self) -> None:
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=self.env, check=True)

    def start(self) -> None:
        for server in self.servers.values():
            server.start()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise SystemExit("The web process did not start.")

    def kill_and_start(self, name: str) -> None:
        self.servers[name].kill()
        self.servers[name].start()

    def end(self) -> None:
        for server in self.servers.values():
            server.end()
        self.database.end()
