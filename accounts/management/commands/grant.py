"""`manage.py grant USERNAME NUMBER ROLE`: a person may use a shipping account."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.granting import grant
from accounts.models import Role, ShippingAccount, User


class Command(BaseCommand):
    help = "Grants a person a role on a shipping account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("number")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--until", type=date.fromisoformat, help="the last day, YYYY-MM-DD")

    def handle(self, *args: Any, username: str, number: str, role: str, **options: Any) -> None:
        user = User.objects.filter(username__iexact=username).first()
        account = ShippingAccount.objects.filter(number=number).first()
        if user is None:
            raise CommandError(f"Nobody here has the user name {username!r}.")
        if account is None:
            raise CommandError(f"No account has the number {number!r}. Add it with add_account.")
        given = grant(user=user, account=account, role=Role(role), until=options["until"], by="grant")
        self.stdout.write(f"{given}.")
