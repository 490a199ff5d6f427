"""The sweep by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracking.sync import sync


class Command(BaseCommand):
    help = "Asks BEX where the parcels are that are due to be looked at."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force",
            action="store_true",
            help="look at every parcel that is booked and not yet delivered with a signee, whether due or not",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        result = sync(force=options["force"])
        if not result.parcels:
            nothing = "No parcel is under way." if options["force"] else "No parcel is due to be looked at."
            self.stdout.write(nothing)
            return
        self.stdout.write(f"{result}.")
        if result.failed:
            self.stdout.write("What was not answered is asked again by itself.")
