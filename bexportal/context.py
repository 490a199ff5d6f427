"""What every page may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.access import accounts_with_prices, books_somewhere
from accounts.passwords import can_be_mailed


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "request_id": getattr(request, "request_id", ""),
        "bex_telephone": settings.BEX_TELEPHONE,
        "can_mail_passwords": can_be_mailed(),
        "sees_some_prices": SimpleLazyObject(lambda: bool(accounts_with_prices(request.user))),
        "may_ship": SimpleLazyObject(lambda: books_somewhere(request.user)),
    }
