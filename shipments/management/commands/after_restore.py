"""`manage.py after_restore`: brings a restored database up to its journal; `--release` lets sending go on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipments import restoring
from shipments.journal import JournalUnusable


class Command(BaseCommand):
    help = "Puts back what the journal knows and a restored database lacks; all sending waits until --release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--release", action="store_true", help="the list was read: sending goes on")

    def handle(self, *args: Any, release: bool = False, **options: Any) -> None:
        if release:
            self.stdout.write(f"Sending goes on; {restoring.release(None)} holds were open.")
            return
        try:
            findings = restoring.after_restore()
        except JournalUnusable as error:
            raise CommandError(f"{error}. Put the journal's directory back (JOURNAL_DIR) and run this again.") from None
        self._list("Numbers that came back", findings.numbers_back)
        self._list("Outcome unknown: they are looked up at BEX", findings.unknown)
        self._list("Refused by BEX meanwhile: to be corrected", findings.refused)
        self._list("Could not be placed; add the account, then run this again", findings.unplaced)
        self._list("Series of own waybill numbers that were moved on", findings.series_moved)
        self.stdout.write("All sending is on hold. Read the list, then: manage.py after_restore --release")

    def _list(self, title: str, lines: list[str]) -> None:
        self.stdout.write(f"{title}: {len(lines)}")
        for line in lines:
            self.stdout.write(f"  {line}")
