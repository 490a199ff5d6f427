"""What every page may show."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    return {"request_id": getattr(request, "request_id", ""), "bex_telephone": settings.BEX_TELEPHONE}
