"""The demo's folder: what it keeps between two starts, and the environment of its processes."""

import base64
import fcntl
import json
import os
import secrets
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOSTS = "127.0.0.1,localhost"
# Short, so that a fault of the sandbox is seen through in seconds.
CONNECT_TIMEOUT, READ_TIMEOUT, DEADLINE = 3, 8, 10


class InUseError(Exception):
    """Another demo runs in this folder. `running` is what it said of itself."""

    def __init__(self, running: str) -> None:
        super().__init__(running)
        self.running = running


def usual_sandbox_port(home: Path) -> int:
    """Another one for each folder, so that nobody else is likely to have taken it at a later start."""
    return 20_000 + zlib.crc32(str(home).encode()) % 10_000


class Home:
    """`.demo/`: secrets, database, broker, journal, documents, the sandbox's state. Held by one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = (self.path / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            raise InUseError(self._lock.read().strip() or "another process") from None
        self.says("a demo that is starting")

    def says(self, what: str) -> None:
        """What a second demo is told about this one."""
        self._lock.truncate(0)
        self._lock.write(f"{what}, process {os.getpid()}")
        self._lock.flush()

    def begin_anew(self) -> None:
        """Forget everything but the lock, which this process holds."""
        for entry in self.path.iterdir():
            if entry.name == "lock":
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def folder(self, name: str) -> Path:
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def secret(self, name: str, make: str = "") -> str:
        """A secret that is made once and kept."""
        kept, new = self.path / name, self.path / f"{name}.new"
        if not kept.exists():
            new.touch(mode=0o600)
            new.write_text((make or secrets.token_urlsafe(48)) + "\n")
            new.replace(kept)
        return kept.read_text().strip()

    @property
    def password(self) -> str:
        return self.secret("password", make="-".join(secrets.token_hex(2) for _ in range(3)))

    @property
    def sandbox_port(self) -> int | None:
        """The port that the sandbox had: what was booked belongs to its address."""
        kept = self.path / "sandbox-port"
        return int(kept.read_text()) if kept.exists() else None

    @sandbox_port.setter
    def sandbox_port(self, port: int) -> None:
        (self.path / "sandbox-port").write_text(f"{port}\n")

    def remembers(self, step: str, fingerprint: str) -> bool:
        return self._done().get(step) == fingerprint

    def remember(self, step: str, fingerprint: str) -> None:
        (self.path / "done.json").write_text(json.dumps(self._done() | {step: fingerprint}))

    def _done(self) -> dict[str, str]:
        kept = self.path / "done.json"
        found: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
        return found

    def settings(self, web_port: int, sandbox_port: int, given: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The portal's variables. Only DATABASE_URL and REDIS_URL are taken from outside; a `.env` changes nothing."""
        courier = f"http://127.0.0.1:{sandbox_port}"
        var = self.folder("var")
        keys = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        return {
            "DJANGO_SETTINGS_MODULE": "bexportal.settings",
            "SECRET_KEY": self.secret("secret-key"),
            "FIELD_ENCRYPTION_KEYS": self.secret("field-encryption-keys", make=keys),
            "DEBUG": "false",
            "ALLOWED_HOSTS": HOSTS,
            "PUBLIC_URL": f"http://127.0.0.1:{web_port}",
            "TRUSTED_PROXIES": "",
            "DATABASE_URL": given.get("DATABASE_URL") or f"sqlite:///{var / 'db.sqlite3'}",
            "REDIS_URL": given.get("REDIS_URL", ""),
            "BEX_API_URL": courier,
            "BEX_WEBHOOK_URL": courier,
            "BEX_CONNECT_TIMEOUT": str(CONNECT_TIMEOUT),
            "BEX_READ_TIMEOUT": str(READ_TIMEOUT),
            "BEX_DEADLINE": str(DEADLINE),
            "BEX_TELEPHONE": "011 000 0000",
            "VAR_DIR": str(var),
            "JOURNAL_DIR": str(self.folder("journal")),
            "MEDIA_ROOT": str(self.folder("documents")),
            "STATIC_ROOT": str(self.path / "static"),
            "EMAIL_URL": "consolemail://",
            "LOG_FORMAT": "readable",
            "METRICS_TOKEN": self.secret("metrics-token"),
            "SENTRY_DSN": "",
        }

    def write_env(self, settings: Mapping[str, str]) -> None:
        """For `set -a; . .demo/env`: manage.py then works on the demo's data."""
        kept = self.path / "env"
        kept.touch(mode=0o600)
        kept.write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))
