"""Puts a backup back. Refuses before it changes anything; never touches the journal."""

import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from bexportal.backup import databases, manifest
from bexportal.backup.making import DOCUMENTS
from bexportal.health import BEAT
from bexportal.models import Heartbeat

SILENT_FOR = timedelta(seconds=20)
"""Beat is heard every 15 seconds while worker and beat run."""


@dataclass(frozen=True)
class Restored:
    """`kept` is where the SQLite database that was there before is now."""

    made_at: str
    documents: int
    kept: Path | None


def restore(folder: Path, pause: Callable[[float], None] = time.sleep) -> Restored:
    """Raises BackupUnusableError or DatabaseCopyError; before the database is replaced nothing has changed then."""
    found = manifest.read(folder)
    if found.database != databases.kind():
        raise manifest.BackupUnusableError(
            f"This is a backup of {found.database}, and DATABASE_URL names {databases.kind()}."
        )
    manifest.refuse_without_keys(found.sealed)
    _refuse_newer(found.migrations)
    _refuse_while_running(pause)
    kept = databases.put_back(folder / databases.FILES[found.database], timezone.now().strftime("%Y-%m-%dT%H%M%SZ"))
    documents = _put_documents_back(folder / DOCUMENTS)
    call_command("migrate", interactive=False, verbosity=0)
    manifest.refuse_without_keys(manifest.sealed_texts())
    return Restored(found.made_at, documents, kept)


def _refuse_newer(migrations: list[str]) -> None:
    known = {".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    newer = sorted(set(migrations) - known)
    if newer:
        raise manifest.BackupUnusableError(
            f"This backup was made by a newer version of the portal (it has {newer[0]}). Install that version first."
        )


def _refuse_while_running(pause: Callable[[float], None]) -> None:
    """Each process asks once whether journal and database agree, so that none may run while the database changes."""
    seen = _last_seen()
    if seen is None:
        return
    while timezone.now() - seen < SILENT_FOR:
        pause(1)
        again = _last_seen()
        if again is not None and again > seen:
            raise manifest.BackupUnusableError("The portal is running. Stop web, worker and beat, then restore.")


def _last_seen() -> datetime | None:
    """When worker and beat were last heard of; None for a database that is empty or away."""
    try:
        return Heartbeat.objects.filter(name=BEAT).values_list("at", flat=True).first()
    except DatabaseError:
        return None
    finally:
        connection.close()


def _put_documents_back(archive: Path) -> int:
    number = 0
    with tarfile.open(archive) as documents:
        for entry in documents:
            content = documents.extractfile(entry)
            if content is None:
                continue
            with content:
                # The storage refuses names that lead out of it.
                default_storage.delete(entry.name)
                default_storage.save(entry.name, content)
            number += 1
    return number
