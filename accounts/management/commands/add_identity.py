"""`manage.py add_identity --label L --username U`: logs in at BEX, keeps both tokens, forgets the password."""

import sys
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.identities import log_in
from accounts.models import Identity
from accounts.secrets import SecretUnreadable
from bexapi import BexError, BexRejected


class Command(BaseCommand):
    help = "Logs an identity in at BEX and keeps its tokens. The password is read from standard input and not kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--label", required=True, help="what it is called here")
        parser.add_argument("--username", required=True, help="the user name at BEX")

    def handle(self, *args: Any, label: str, username: str, **options: Any) -> None:
        taken = Identity.objects.filter(label=label).exclude(endpoint=settings.BEX_API_URL, username=username)
        if taken.exists():
            raise CommandError(f"Another identity is called {label!r}. Choose another --label.")
        password = getpass("Password at BEX: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandError("No password came on standard input.")
        try:
            identity = log_in(label=label, username=username, password=password, by="add_identity")
        except BexRejected as refusal:
            raise CommandError(f"BEX refused the log-in. In BEX's own words: {refusal.message or '(none)'}") from None
        except (BexError, SecretUnreadable) as error:
            raise CommandError(f"Nothing was kept: {error}") from None
        self.stdout.write(f"{identity.label}: logged in at {identity.endpoint}, both tokens are kept.")
        if identity.is_strong_password is False:
            self.stderr.write("BEX says that the password is weak: choose a stronger one there.")
        if identity.is_email_verified is False:
            self.stderr.write("BEX says that the e-mail address is not verified: until it is, nothing can be booked.")
