"""`manage.py backup`: database and documents into backups/<time>/, the keys into backup-keys/<time>.keys."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bexportal.backup.databases import DatabaseCopyError
from bexportal.backup.making import KeysNotApartError, make


class Command(BaseCommand):
    help = "Copies database and documents while the portal runs. The journal is backed up by its own disk's means."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "backups", help="folder of all backups")
        parser.add_argument(
            "--keys-to", type=Path, default=settings.BASE_DIR / "backup-keys", help="folder of their keys"
        )

    def handle(self, *args: Any, to: Path, keys_to: Path, **options: Any) -> None:
        try:
            backup = make(to, keys_to)
        except (DatabaseCopyError, KeysNotApartError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or to}: {error.strerror}") from None
        self.stdout.write(f"Backup: {backup.folder} (database and {backup.documents} documents)")
        self.stdout.write(f"Keys:   {backup.keys}")
        self.stdout.write(
            "Keep the keys somewhere else: who has both reads the tokens, who has no keys restores nothing."
        )
