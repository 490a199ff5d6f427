"""`manage.py remove_webhook DESCRIPTION`: unsubscribes at BEX, or takes back what is half done."""

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.secrets import SecretUnreadable
from tracking.models import Subscription
from tracking.models.webhooks import PATH
from tracking.webhooks import registering


class Command(BaseCommand):
    help = (
        "Ends a subscription at BEX. It may end every subscription of its key, also one that another system made: "
        "BEX's call names the key and no registration."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "which", nargs="?", default="", help="its description or its URI; not needed for the only one"
        )
        parser.add_argument("--here-only", action="store_true", help="BEX is not asked; what it still sends is refused")

    def handle(self, *args: Any, which: str, here_only: bool, **options: Any) -> None:
        subscription = self._found(which.strip())
        try:
            registering.end(subscription, "remove_webhook", here_only=here_only)
        except registering.NotDone as error:
            words = f" In BEX's own words: {error.refusal}" if error.refusal else ""
            raise CommandError(
                f"{error.problem}{words}\nIt may be tried again; --here-only ends it without asking BEX."
            ) from None
        except registering.NotNow as error:
            raise CommandError(error.reason) from None
        except SecretUnreadable as error:
            raise CommandError(f"Its key cannot be read: {error}. --here-only ends it without asking BEX.") from None
        self.stdout.write(f"{subscription} has ended{' here; BEX was not asked' if here_only else ''}.")

    def _found(self, which: str) -> Subscription:
        live = Subscription.objects.exclude(state=Subscription.State.ENDED)
        path = urlsplit(which).path
        if path.startswith(PATH):
            live = live.filter(token=path.removeprefix(PATH))
        elif which:
            live = live.filter(description=which)
        found = list(live)
        if len(found) == 1:
            return found[0]
        there = "\n".join(f"  {one.description}: {one.uri}" for one in found) or "  none"
        several = "Several answer to that; name one by its URI." if which else "Say which one."
        raise CommandError(f"{several if found else 'There is no such subscription.'}\n{there}")
