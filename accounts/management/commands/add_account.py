"""`manage.py add_account NUMBER --identity L --name N`: a shipping account under an identity."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Identity
from accounts.shipping_accounts import add_account


class Command(BaseCommand):
    help = "Adds a shipping account, or gives one that is here its name and identity."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the account's number at BEX")
        parser.add_argument("--identity", required=True, help="the label of the identity whose token serves it")
        parser.add_argument("--name", required=True)
        parser.add_argument("--business-unit", default="")

    def handle(self, *args: Any, number: str, identity: str, name: str, **options: Any) -> None:
        number, name = number.strip(), name.strip()
        if not number.isalnum() or len(number) > 20:
            raise CommandError(f"{number!r}: an account's number has letters and digits only, for instance 316085.")
        if not name:
            raise CommandError("--name is what people choose the account by; it is not empty.")
        found = Identity.objects.in_use().filter(label=identity).first()
        if found is None:
            known = ", ".join(Identity.objects.in_use().values_list("label", flat=True)) or "none yet"
            raise CommandError(f"No identity is called {identity!r}. There are: {known}. Add one with add_identity.")
        account, added = add_account(
            number=number, name=name, identity=found, by="add_account", business_unit=options["business_unit"]
        )
        self.stdout.write(f"{account}: {'added' if added else 'was here; name and identity are as you said'}.")
