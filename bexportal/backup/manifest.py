"""What a backup says about itself: its files with their checksums, and sealed texts that prove that keys fit."""

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from accounts.models import Identity
from accounts.secrets import SecretUnreadable, unseal
from tracking.models import Subscription
from tracking.models.webhooks import TABLE as WEBHOOK_TABLE

NAME = "manifest.json"
FORMAT = 1


class BackupUnusableError(Exception):
    """It cannot be put back as it is; the message says why and what to do."""


@dataclass(frozen=True)
class Sealed:
    """A sealed text as the database holds it, with what it is bound to."""

    table: str
    column: str
    row: str
    text: str


@dataclass(frozen=True)
class Manifest:
    """`migrations` are "application.name" of those that were applied; `files` maps a name to its SHA-256."""

    made_at: str
    database: str
    migrations: list[str]
    sealed: list[Sealed]
    files: dict[str, str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        path = folder / NAME
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")
        path.chmod(0o600)


def read(folder: Path) -> Manifest:
    """Raises BackupUnusableError where a file is missing or is not what was written."""
    try:
        facts = json.loads((folder / NAME).read_text())
        sealed = [Sealed(**text) for text in facts.pop("sealed")]
        manifest = Manifest(sealed=sealed, **facts)
    except FileNotFoundError:
        raise BackupUnusableError(f"{folder} is no backup: it holds no {NAME}.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise BackupUnusableError(f"{folder / NAME} cannot be read: {error}") from None
    if manifest.format != FORMAT:
        raise BackupUnusableError(f"This backup has format {manifest.format}; this portal reads format {FORMAT}.")
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise BackupUnusableError(f"{path} is missing.")
        if checksum(path) != expected:
            raise BackupUnusableError(f"{path} is damaged: its checksum is not the one in {NAME}.")
    return manifest


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed_texts() -> list[Sealed]:
    """Every secret that the database holds, as it is stored."""
    identities = Identity.objects.order_by("pk").values_list("pk", "sealed_token", "sealed_alternate_token")
    subscriptions = Subscription.objects.order_by("pk").values_list(
        "pk", "sealed_key", "sealed_secret", "sealed_previous_secret"
    )
    columns = (
        ("identity", ("token", "alternate_token"), identities),
        (WEBHOOK_TABLE, ("key", "secret", "previous_secret"), subscriptions),
    )
    return [
        Sealed(table, column, str(row[0]), text)
        for table, names, rows in columns
        for row in rows
        for column, text in zip(names, row[1:], strict=True)
        if text
    ]


def refuse_without_keys(sealed: Iterable[Sealed]) -> None:
    """Raises BackupUnusableError unless FIELD_ENCRYPTION_KEYS open every one of them."""
    for text in sealed:
        try:
            unseal(text.text, table=text.table, column=text.column, row=uuid.UUID(text.row))
        except SecretUnreadable as error:
            raise BackupUnusableError(
                f"The tokens in this backup cannot be read ({error}). Put the keys that were kept with it into "
                "FIELD_ENCRYPTION_KEYS, behind the present one, and try again. Nothing was changed."
            ) from None
