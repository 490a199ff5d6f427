"""Held waybills, several let go at once."""

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import accounts_with_prices
from accounts.models import User
from shipments import pricing, releasing

MOST_SHOWN = 200


@never_cache
@require_http_methods(["GET", "POST"])
def held(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if request.method == "GET":
        return _page(request, user)
    wanted = _wanted(request.POST.getlist("pick"))
    if not wanted:
        return _page(request, user, status=422, nothing_picked=True)
    outcome = releasing.release(user, wanted)
    if outcome.released:
        some = "1 waybill is" if len(outcome.released) == 1 else f"{len(outcome.released)} waybills are"
        messages.success(request, f"Released: {some} checked again and sent.")
    return _page(request, user, left=outcome.left) if outcome.left else redirect("waybills-held")


def _wanted(picked: list[str]) -> dict[uuid.UUID, int]:
    """Each a waybill and the version that the page showed; what is neither picks nothing."""
    wanted = {}
    for text in picked[:MOST_SHOWN]:
        pk, _, version = text.partition(":")
        try:
            wanted[uuid.UUID(pk)] = int(version)
        except ValueError:
            continue
    return wanted


def _page(request: HttpRequest, user: User, status: int = 200, **more: Any) -> HttpResponse:
    priced = accounts_with_prices(user)
    found = releasing.held_for(user)
    rows = []
    for waybill in found[:MOST_SHOWN]:
        sees_prices = waybill.account_id in priced
        rows.append(
            {
                "waybill": waybill,
                "why_not": releasing.why_not(waybill, sees_prices=sees_prices),
                "agreed": pricing.limit(waybill) if sees_prices else None,
                "now": waybill.priced_by.total if sees_prices and waybill.priced_by else None,
            }
        )
    count = found.count() if len(rows) == MOST_SHOWN else len(rows)
    context = {"rows": rows, "count": count, "shows_prices": bool(priced), **more}
    return render(request, "shipments/held.html", context, status=status)


urlpatterns = [path("waybills/held/", held, name="waybills-held")]
