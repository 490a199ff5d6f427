"""`manage.py add_webhook DESCRIPTION`: registers and activates a subscription; prints its URI, never its secret."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.secrets import SecretUnreadable
from bexapi.webhook_client import FILTERS
from tracking.webhooks import reaching, registering


class Command(BaseCommand):
    help = (
        "Registers a webhook at BEX and activates it, while the portal's web process runs and answers the echo. BEX's "
        "webhook key is read from standard input and stored encrypted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("description", help="what it is for; BEX keeps it with the registration")
        parser.add_argument(
            "--filters", default="", help=f"kinds by comma, among {', '.join(FILTERS)}; without it, everything"
        )
        parser.add_argument(
            "--insist", action="store_true", help="BEX can reach PUBLIC_URL, though this machine cannot"
        )

    def handle(self, *args: Any, description: str, filters: str, insist: bool, **options: Any) -> None:
        description, wanted = description.strip(), [word.strip() for word in filters.split(",") if word.strip()]
        if not description or len(description) > 100:
            raise CommandError("The description has 1 to 100 characters.")
        unknown = [word for word in wanted if word not in FILTERS]
        if unknown:
            raise CommandError(f"No such filter: {', '.join(unknown)}. There are {', '.join(FILTERS)}.")
        key = getpass("BEX's webhook key: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        if not key.strip():
            raise CommandError("No key came on standard input.")
        try:
            made = registering.add(description=description, filters=wanted, key=key, by="add_webhook", insist=insist)
        except registering.AlreadyThere as error:
            raise CommandError(
                f"“{error.subscription}” lives under this key: {error.subscription.uri}\n"
                "BEX has one live subscription per key; end it with remove_webhook, or finish it on its page."
            ) from None
        except reaching.NotReachable as error:
            hint = "\nIf BEX can reach it all the same, say --insist." if error.may_insist else ""
            raise CommandError(f"BEX was not asked. {error.reason}{hint}") from None
        except registering.NotDone as error:
            words = f" In BEX's own words: {error.refusal}" if error.refusal else ""
            raise CommandError(
                f"{error.problem}{words}\nHow far it got stands under Webhooks in the portal, where it is finished or "
                "undone; or undo it with remove_webhook."
            ) from None
        except registering.NotNow as error:
            raise CommandError(error.reason) from None
        except SecretUnreadable as error:
            raise CommandError(f"Nothing was registered: {error}") from None
        except ValueError as error:
            raise CommandError(f"That is no key: {error}.") from None
        self.stdout.write(made.uri)
