"""`manage.py revoke USERNAME NUMBER [ROLE]`: a person may no longer use a shipping account."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.granting import revoke
from accounts.management import arguments
from accounts.models import Role


class Command(BaseCommand):
    help = "Takes a role, or all of them, on a shipping account from a person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("number")
        parser.add_argument("role", nargs="?", choices=Role.values)

    def handle(self, *args: Any, username: str, number: str, role: str | None = None, **options: Any) -> None:
        user, account = arguments.person(username), arguments.account(number)
        ended = revoke(user=user, account=account, role=Role(role) if role else None, by="revoke")
        self.stdout.write(f"{ended} grants ended." if ended else "There was no such grant.")
