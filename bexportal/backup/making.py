"""Makes a backup: database and documents into one folder, the keys into another."""

import base64
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from bexportal.backup import databases, manifest

DOCUMENTS = "documents.tar"


@dataclass(frozen=True)
class Backup:
    folder: Path
    keys: Path
    documents: int


class KeysNotApartError(Exception):
    """Whoever reads the backups would read the keys with them."""


def refuse_together(under: Path, keys_under: Path) -> None:
    """Raises KeysNotApartError."""
    if keys_under.resolve().is_relative_to(under.resolve()):
        raise KeysNotApartError(f"The keys would lie with the backups in {under}. Name another folder: --keys-to")


def make(under: Path, keys_under: Path) -> Backup:
    """A new folder below `under`, named by the moment (UTC), and its keys below `keys_under`. Raises
    KeysNotApartError before anything is written; DatabaseCopyError, OSError.
    """
    refuse_together(under, keys_under)
    for folder in (under, keys_under):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = timezone.now()
    name = moment.strftime("%Y-%m-%dT%H%M%SZ")
    unfinished = under / f"{name}.unfinished"
    unfinished.mkdir(mode=0o700)
    sealed, migrations = manifest.sealed_texts(), applied_migrations()
    copy = databases.copy_to(unfinished)
    # After the database: every document that its rows name is there then.
    documents = _copy_documents(unfinished / DOCUMENTS)
    files = {file: manifest.checksum(unfinished / file) for file in (copy.name, DOCUMENTS)}
    manifest.Manifest(moment.isoformat(), databases.kind(), migrations, sealed, files).write(unfinished)
    folder = unfinished.rename(under / name)
    return Backup(folder, _write_keys(keys_under / f"{name}.keys"), documents)


def applied_migrations() -> list[str]:
    return sorted(".".join(migration) for migration in MigrationRecorder(connection).applied_migrations())


def _copy_documents(target: Path) -> int:
    number = 0
    with tarfile.open(target, "w") as archive:
        for name in stored_files(default_storage):
            with default_storage.open(name) as file:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = default_storage.size(name), 0o600
                archive.addfile(entry, file)
            number += 1
    target.chmod(0o600)
    return number


def stored_files(storage: Storage, folder: str = "") -> Iterator[str]:
    """The names of all files below a folder of the storage; none where it does not exist yet."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    prefix = f"{folder}/" if folder else ""
    yield from (prefix + name for name in sorted(files))
    for name in sorted(folders):
        yield from stored_files(storage, prefix + name)


def _write_keys(path: Path) -> Path:
    keys = ",".join(base64.urlsafe_b64encode(key).decode() for key in settings.FIELD_ENCRYPTION_KEYS)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"FIELD_ENCRYPTION_KEYS={keys}\nSECRET_KEY={settings.SECRET_KEY}\n")
    return path
