"""A backup put back brings everything back, and is refused where it would do harm."""

import json
import re
import stat
from pathlib import Path

import pytest

from tests.ops.installation import OTHER_KEY, Installation

FILL = """
from accounts.models import Identity
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
identity = Identity(label="Main", username="demo@rooibok.example", endpoint="http://127.0.0.1:9")
identity.keep_tokens(token="planted-token", alternate_token="planted-alternate")
identity.save()
default_storage.save("waybills/1/labels.pdf", ContentFile(b"%PDF-1.4 labels"))
"""
LATER = """
from accounts.models import Identity
from django.core.files.storage import default_storage
Identity.objects.create(label="Later", username="later", endpoint="http://127.0.0.1:9")
default_storage.delete("waybills/1/labels.pdf")
"""
SEEN = """
from accounts.models import Identity
from django.core.files.storage import default_storage
name = "waybills/1/labels.pdf"
say({
    "identities": sorted(Identity.objects.values_list("label", flat=True)),
    "token": Identity.objects.get(label="Main").token(),
    "labels": default_storage.open(name).read().decode() if default_storage.exists(name) else None,
})
"""
HOLDS = """
from shipments.models import SendingHold
say(list(SendingHold.objects.filter(released_at=None).values_list("reason", flat=True)))
"""
RESTORE_WHILE_BEAT_RINGS = """
from pathlib import Path
from bexportal.backup.manifest import BackupUnusableError
from bexportal.backup.restoring import restore
from bexportal.health import beat_is_alive
beat_is_alive()
try:
    restore(Path({folder!r}), pause=lambda seconds: beat_is_alive())
except BackupUnusableError as error:
    say(str(error))
"""
BEFORE = {"identities": ["Main"], "token": "planted-token", "labels": "%PDF-1.4 labels"}
AFTER = {"identities": ["Later", "Main"], "token": "planted-token", "labels": None}


def into(installation: Installation) -> tuple[str, ...]:
    return "--to", str(installation.folder / "backups"), "--keys-to", str(installation.folder / "safe")


def backed_up(installation: Installation) -> Path:
    installation.ask(FILL)
    installation.manage("backup", *into(installation))
    folder = next(path for path in (installation.folder / "backups").iterdir() if path.is_dir())
    assert installation.ask(LATER + SEEN) == AFTER
    return folder


def comes_back(installation: Installation) -> None:
    folder = backed_up(installation)
    journal = installation.folder / "journal"
    journal.mkdir(exist_ok=True)
    (journal / "witness").write_text("what happened later")
    installation.manage("restore", str(folder))
    assert installation.ask(SEEN) == BEFORE
    assert (journal / "witness").read_text() == "what happened later"
    assert installation.ask(HOLDS) == ["restored"]


def test_rows_and_documents_come_back_and_sending_waits_for_a_person(on_sqlite: Installation) -> None:
    comes_back(on_sqlite)


@pytest.mark.postgres_only
def test_rows_and_documents_come_back_on_postgresql_too(on_postgresql: Installation) -> None:
    comes_back(on_postgresql)


def test_the_database_that_was_there_is_kept_beside_it(on_sqlite: Installation) -> None:
    folder = backed_up(on_sqlite)
    said = on_sqlite.manage("restore", str(folder))
    kept = re.search(r"kept as (\S+)\.$", said, re.MULTILINE)
    assert kept is not None
    on_sqlite.database_url = f"sqlite:///{kept[1]}"
    assert on_sqlite.ask(SEEN)["identities"] == AFTER["identities"]


def test_keys_are_in_a_file_apart_and_no_secret_is_readable_in_the_backup(on_sqlite: Installation) -> None:
    folder = backed_up(on_sqlite)
    keys = on_sqlite.folder / "safe" / f"{folder.name}.keys"
    key = on_sqlite.environment["FIELD_ENCRYPTION_KEYS"]
    assert key in keys.read_text()
    inside = b"".join(path.read_bytes() for path in folder.iterdir())
    assert key.encode() not in inside
    assert b"planted-" not in inside
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (keys, *folder.iterdir()))


@pytest.mark.parametrize("safe", ["backups", "backups/keys", "backups/../backups"])
def test_keys_do_not_go_where_the_backups_go(on_sqlite: Installation, safe: str) -> None:
    backups = on_sqlite.folder / "backups"
    refused = on_sqlite.try_manage("backup", "--to", str(backups), "--keys-to", str(on_sqlite.folder / safe))
    assert refused.returncode == 1
    assert "--keys-to" in refused.stderr
    assert not backups.exists()


def test_without_the_keys_nothing_is_put_back(on_sqlite: Installation) -> None:
    folder = backed_up(on_sqlite)
    on_sqlite.changes["FIELD_ENCRYPTION_KEYS"] = OTHER_KEY
    refused = on_sqlite.try_manage("restore", str(folder))
    assert refused.returncode == 1
    assert "FIELD_ENCRYPTION_KEYS" in refused.stderr
    assert "Traceback" not in refused.stderr
    on_sqlite.changes.clear()
    assert on_sqlite.ask(SEEN) == AFTER


def test_a_key_that_is_no_longer_the_first_one_is_enough(on_sqlite: Installation) -> None:
    folder = backed_up(on_sqlite)
    on_sqlite.changes["FIELD_ENCRYPTION_KEYS"] = f"{OTHER_KEY},{on_sqlite.environment['FIELD_ENCRYPTION_KEYS']}"
    on_sqlite.manage("restore", str(folder))
    assert on_sqlite.ask(SEEN) == BEFORE


def test_a_damaged_backup_is_refused(on_sqlite: Installation) -> None:
    folder = backed_up(on_sqlite)
    with (folder / "documents.tar").open("ab") as file:
        file.write(b"more")
    refused = on_sqlite.try_manage("restore", str(folder))
    assert "damaged" in refused.stderr
    assert on_sqlite.ask(SEEN) == AFTER


def test_a_backup_of_a_newer_version_is_refused(on_sqlite: Installation) -> None:
    folder = backed_up(on_sqlite)
    manifest = folder / "manifest.json"
    facts = json.loads(manifest.read_text())
    facts["migrations"].append("shipments.9999_from_the_future")
    manifest.write_text(json.dumps(facts))
    refused = on_sqlite.try_manage("restore", str(folder))
    assert "newer version" in refused.stderr
    assert on_sqlite.ask(SEEN) == AFTER


def test_a_folder_that_is_no_backup_is_refused(on_sqlite: Installation, tmp_path: Path) -> None:
    refused = on_sqlite.try_manage("restore", str(tmp_path))
    assert refused.returncode == 1
    assert "is no backup" in refused.stderr


def test_nothing_is_put_back_while_the_portal_runs(on_sqlite: Installation) -> None:
    folder = backed_up(on_sqlite)
    assert "Stop web, worker and beat" in on_sqlite.ask(RESTORE_WHILE_BEAT_RINGS.format(folder=str(folder)))
    assert on_sqlite.ask(SEEN) == AFTER
