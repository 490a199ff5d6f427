"""`manage.py restore backups/<time>`: puts a backup back, then brings it up to the journal."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bexportal.backup.databases import DatabaseCopyError
from bexportal.backup.manifest import BackupUnusableError
from bexportal.backup.restoring import restore


class Command(BaseCommand):
    help = "Replaces database and documents by a backup's. The journal stays; sending waits until a person releases it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="for example backups/2026-11-27T081200Z")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        self.stdout.write("Looking at the backup, and whether the portal stands still (up to 20 seconds)")
        self.stdout.flush()
        try:
            done = restore(folder)
        except (BackupUnusableError, DatabaseCopyError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Restored what was saved at {done.made_at}, with {done.documents} documents.")
        if done.kept:
            self.stdout.write(f"The database that was here before is kept as {done.kept}.")
        call_command("after_restore", stdout=self.stdout, stderr=self.stderr)
