"""Installations on both databases."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.ops.installation import Installation


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with every table and no row, to be copied."""
    installation = Installation(tmp_path_factory.mktemp("migrated"))
    installation.manage("migrate", "--verbosity", "0")
    return installation.folder / "var" / "db.sqlite3"


@pytest.fixture
def on_sqlite(tmp_path: Path, migrated: Path) -> Installation:
    (tmp_path / "var").mkdir()
    shutil.copy(migrated, tmp_path / "var")
    return Installation(tmp_path)


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[Installation]:
    """A database of its own on the server of TEST_DATABASE_URL."""
    server = os.environ["TEST_DATABASE_URL"].rpartition("/")[0]
    name = f"bexportal_ops_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            installation = Installation(tmp_path, f"{server}/{name}")
            installation.manage("migrate", "--verbosity", "0")
            yield installation
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
