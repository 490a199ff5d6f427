"""`manage.py create_api_key USERNAME`: a key of the REST API, printed once."""

from argparse import ArgumentTypeError
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import api_keys
from accounts.access import accounts_for
from accounts.management import arguments
from accounts.models.api_key import Scope


def scopes(text: str) -> list[str]:
    chosen = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in chosen if word not in Scope.values]
    if unknown or not chosen:
        raise ArgumentTypeError(f"{text!r}: choose among {', '.join(Scope.values)}")
    return chosen


class Command(BaseCommand):
    help = "Makes a key of the REST API for a person or a service account. The key is the last word of the output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="Made at the shell", help="what uses it")
        parser.add_argument("--scopes", type=scopes, default=[s for s in Scope.values if s != Scope.WEBHOOKS])
        parser.add_argument("--accounts", default="", help="numbers by comma; without it, all that the owner may use")
        parser.add_argument("--expires", type=arguments.day, help="the last day, YYYY-MM-DD; without it, no end")

    def handle(
        self, *args: Any, username: str, name: str, scopes: list[str], accounts: str, expires: date | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        owner = arguments.person(username)
        if not owner.is_active:
            raise CommandError(f"{username} may no longer use the portal.")
        if expires and expires < timezone.localdate():
            raise CommandError(f"{expires} has passed: the key would open nothing.")
        chosen = [arguments.account(number) for number in accounts.split(",") if number.strip()]
        missing = [one.number for one in chosen if not accounts_for(owner).filter(pk=one.pk).exists()]
        if missing:
            raise CommandError(f"{username} has no grant on {', '.join(missing)}. Give one with grant.")
        why_not = api_keys.why_no_webhooks(owner, scopes, chosen)
        if why_not:
            raise CommandError(why_not)
        end = timezone.make_aware(datetime.combine(expires, time.max)) if expires else None
        key, text = api_keys.create(
            owner, name=name[:100], scopes=scopes, accounts=chosen, expires_at=end, by="create_api_key"
        )
        self.stdout.write(f"{key.name} for {owner}, {', '.join(key.scopes)}. It is shown once: {text}")
