"""`manage.py revoke USERNAME NUMBER [ROLE]`: a person may no longer use a shipping account."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.granting import revoke
from accounts.models import Role, ShippingAccount, User


class Command(BaseCommand):
    help = "Takes a role, or all of them, on a shipping account from a person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("number")
        parser.add_argument("role", nargs="?", choices=Role.values)

    def handle(self, *args: Any, username: str, number: str, role: str | None = None, **options: Any) -> None:
        user = User.objects.filter(username__iexact=username).first()
        account = ShippingAccount.objects.filter(number=number).first()
        if user is None or account is None:
            raise CommandError(f"There is no person {username!r} or no account {number!r}.")
        ended = revoke(user=user, account=account, role=Role(role) if role else None, by="revoke")
        self.stdout.write(f"{ended} grants ended." if ended else "There was no such grant.")
