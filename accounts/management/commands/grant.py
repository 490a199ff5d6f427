"""`manage.py grant USERNAME NUMBER ROLE`: a person may use a shipping account."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.granting import grant
from accounts.management import arguments
from accounts.models import Role


class Command(BaseCommand):
    help = "Grants a person a role on a shipping account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("number")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--until", type=arguments.day, help="the last day, YYYY-MM-DD; without it, no end")

    def handle(
        self, *args: Any, username: str, number: str, role: str, until: date | None = None, **options: Any
    ) -> None:
        if until and until < timezone.localdate():
            raise CommandError(f"{until} has passed: the grant would hold for nobody. Use revoke to end one.")
        user, account = arguments.person(username), arguments.account(number)
        given = grant(user=user, account=account, role=Role(role), until=until, by="grant")
        self.stdout.write(f"{given}, {f'until {until}' if until else 'without an end'}.")
