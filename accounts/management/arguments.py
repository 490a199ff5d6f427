"""What people type at the shell: who, which account, which day. Each raises in words what was wrong."""

from argparse import ArgumentTypeError
from datetime import date

from django.conf import settings
from django.core.management.base import CommandError

from accounts.models import ShippingAccount, User


def day(text: str) -> date:
    """For `type=` of an argument."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day: write it like 2027-01-31") from None


def person(username: str) -> User:
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise CommandError(f"Nobody here has the user name {username!r}.")
    return user


def account(number: str) -> ShippingAccount:
    """The account of that number; where several couriers have one, that of BEX_API_URL."""
    found = list(ShippingAccount.objects.filter(number=number.strip()))
    if not found:
        raise CommandError(f"No account has the number {number!r}. Add it with add_account.")
    if len(found) > 1:
        found = [one for one in found if one.endpoint == settings.BEX_API_URL]
    if not found:
        raise CommandError(f"Several couriers have an account {number!r}, none of them at {settings.BEX_API_URL}.")
    return found[0]
