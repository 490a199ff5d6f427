"""An installation of its own: separate environment, database, journal and documents; every command is a process."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEY, OTHER_KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=", "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w="


@dataclass
class Installation:
    """`database_url` is empty for SQLite in its own folder."""

    folder: Path
    database_url: str = ""
    changes: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "BEX_"))}
        return {
            **inherited,
            "SECRET_KEY": "tests-only-tests-only-tests-only-tests-only-tests-only",
            "FIELD_ENCRYPTION_KEYS": KEY,
            "DEBUG": "false",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "DATABASE_URL": self.database_url or f"sqlite:///{self.folder / 'var' / 'db.sqlite3'}",
            "REDIS_URL": "",
            "BEX_API_URL": "http://127.0.0.1:9",
            "BEX_WEBHOOK_URL": "http://127.0.0.1:9",
            "VAR_DIR": str(self.folder / "var"),
            "JOURNAL_DIR": str(self.folder / "journal"),
            "MEDIA_ROOT": str(self.folder / "documents"),
            "STATIC_ROOT": str(self.folder / "static"),
            "EMAIL_URL": "memorymail://",
            "LOG_FORMAT": "readable",
            **self.changes,
        }

    def try_manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._python("manage.py", *arguments)

    def manage(self, *arguments: str) -> str:
        """Output of a command that has to succeed."""
        done = self.try_manage(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, code: str) -> Any:
        """Runs code inside Django; what it gives to `say` comes back."""
        script = f"import django, json; django.setup()\nsay = lambda x: print('said: ' + json.dumps(x))\n{code}"
        done = self._python("-c", script)
        assert done.returncode == 0, done.stdout + done.stderr
        said = [line.removeprefix("said: ") for line in done.stdout.splitlines() if line.startswith("said: ")]
        return json.loads(said[-1]) if said else None

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**self.environment, "DJANGO_SETTINGS_MODULE": "bexportal.settings", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
