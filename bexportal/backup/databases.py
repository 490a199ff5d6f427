"""Copies of the whole database: SQLite by its backup API, PostgreSQL by pg_dump and psql."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

FILES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
# From a libpq option of settings to the variable that its tools read.
TOOL_OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


class DatabaseCopyError(Exception):
    """A copy could not be made or put back; the message is for a person."""


def kind() -> str:
    """sqlite or postgresql. DatabaseCopyError for any other."""
    if connection.vendor not in FILES:
        raise DatabaseCopyError(f"Backups know SQLite and PostgreSQL, not {connection.vendor}.")
    return connection.vendor


def copy_to(folder: Path) -> Path:
    """A consistent copy while the portal runs."""
    target = folder / FILES[kind()]
    if kind() == "sqlite":
        _copy_sqlite(_sqlite_path(), target)
    else:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(target))
    target.chmod(0o600)
    return target


def put_back(copy: Path, aside: str) -> Path | None:
    """In one step: all of it or nothing. Returns where an SQLite database that was there is kept now."""
    connection.close()
    if copy.name != FILES[kind()]:
        raise DatabaseCopyError(f"This backup holds {copy.name}, and DATABASE_URL names a {kind()} database.")
    if kind() == "sqlite":
        return _put_sqlite_back(copy, aside)
    script = _run("pg_restore", "--no-owner", "--no-privileges", "--file", "-", str(copy))
    # What newer migrations made goes too, and nothing is gone unless everything came back.
    fresh = b"DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"
    _run("psql", "--quiet", "--no-psqlrc", "--single-transaction", "-v", "ON_ERROR_STOP=1", stdin=fresh + script)
    return None


def _put_sqlite_back(copy: Path, aside: str) -> Path | None:
    path, new = _sqlite_path(), _sqlite_path().with_suffix(".restoring")
    path.parent.mkdir(parents=True, exist_ok=True)
    _copy_sqlite(copy, new)
    kept = None
    if path.exists():
        kept = path.with_name(f"{path.name}.before-{aside}")
        _copy_sqlite(path, kept)
        kept.chmod(0o600)
    for leftover in ("-wal", "-shm"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    new.replace(path)
    return kept


def _copy_sqlite(source: Path, target: Path) -> None:
    """Includes what stands in the write-ahead log."""
    target.unlink(missing_ok=True)
    reading, writing = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        reading.backup(writing)
        found = writing.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise DatabaseCopyError(f"{source} cannot be copied: {error}") from error
    finally:
        reading.close()
        writing.close()
    if found != "ok":
        raise DatabaseCopyError(f"The copy of {source} is damaged: {found}")


def _sqlite_path() -> Path:
    return Path(settings.DATABASES["default"]["NAME"])


def _run(tool: str, *arguments: str, stdin: bytes | None = None) -> bytes:
    """Output of one of PostgreSQL's tools. The password goes through the environment, which `ps` does not show."""
    if shutil.which(tool) is None:
        raise DatabaseCopyError(f"{tool} is needed and was not found: apt-get install postgresql-client")
    done = subprocess.run(
        [tool, *arguments], input=stdin, capture_output=True, check=False, env={**os.environ, **_tool_environment()}
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise DatabaseCopyError(f"{tool} failed: {last[0]}")
    return done.stdout


def _tool_environment() -> dict[str, str]:
    database: dict[str, Any] = connection.settings_dict
    options = database.get("OPTIONS", {})
    named = {
        "PGHOST": database["HOST"],
        "PGPORT": database["PORT"],
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": database["NAME"],
        **{variable: options[name] for name, variable in TOOL_OPTIONS.items() if name in options},
    }
    return {name: str(value) for name, value in named.items() if value}
