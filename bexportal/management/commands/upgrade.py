"""`manage.py upgrade`: back up, drain, migrate once, check, resume."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, SystemCheckError
from django.db import DatabaseError

from bexportal import upgrading
from bexportal.backup.databases import DatabaseCopyError
from bexportal.backup.making import KeysNotApartError, make, refuse_together


class Command(BaseCommand):
    help = "Run it with the new code and packages in place. Without --stop and --start, do the two parts yourself."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BASE_DIR / "backups", help="folder of all backups")
        parser.add_argument(
            "--keys-to", type=Path, default=settings.BASE_DIR / "backup-keys", help="folder of their keys"
        )
        parser.add_argument(
            "--stop", default="", help="stops web, worker and beat, e.g. 'systemctl stop bexportal.target'"
        )
        parser.add_argument("--start", default="", help="starts them again")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--drain", action="store_true", help="only hold, drain and back up")
        part.add_argument("--resume", action="store_true", help="only migrate, check and resume")

    def handle(self, *args: Any, drain: bool, resume: bool, **options: Any) -> None:
        try:
            refuse_together(options["to"], options["keys_to"])
        except KeysNotApartError as error:
            raise CommandError(str(error)) from None
        try:
            if not resume:
                self._drain(options["to"], options["keys_to"])
            if not drain:
                self._step("Stopping", options["stop"])
                self._say("Migrating and checking")
                upgrading.migrate_and_check()
                self._step("Starting", options["start"])
                held = upgrading.resume()
                self._say("Resumed: pages are back" + ("" if held else " and sending goes on"))
                for reason in held:
                    self._say(f"Sending is still held: {reason}")
        except (upgrading.NotDrainedError, DatabaseCopyError, DatabaseError, SystemCheckError, OSError) as error:
            again = "manage.py upgrade --drain" if drain else "manage.py upgrade --resume"
            raise CommandError(f"{error}\nThe maintenance page stays. Mend it and run: {again}") from error

    def _drain(self, to: Path, keys_to: Path) -> None:
        self._say("Maintenance page on, sending held")
        upgrading.hold()
        self._say("Waiting for what is being sent")
        upgrading.drain()
        self._say(f"Backed up into {make(to, keys_to).folder}")

    def _step(self, title: str, command: str) -> None:
        if not command:
            return
        self._say(f"{title}: {command}")
        if subprocess.run(shlex.split(command), check=False).returncode:
            raise CommandError(
                f"This failed: {command}\nThe maintenance page stays. Mend it: manage.py upgrade --resume"
            )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
