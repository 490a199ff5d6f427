"""`manage.py import_places [FILE …]`: the places that ship with the project, or newer files of either layout."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shipments.places import GEONAMES, POST_OFFICE, UnknownLayout, import_file


class Command(BaseCommand):
    help = "Loads suburbs, areas and post codes for completion. What is there already stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, help="default: the files that ship with the project")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        for path in files or [POST_OFFICE, GEONAMES]:
            try:
                added, there = import_file(path)
            except (UnknownLayout, UnicodeDecodeError) as error:
                raise CommandError(f"{path} cannot be read: {error}") from None
            except OSError as error:
                raise CommandError(f"{path} cannot be opened: {error.strerror}") from None
            self.stdout.write(f"{path.name}: {added} places added, {there} were there.")
