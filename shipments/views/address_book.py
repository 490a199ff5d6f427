"""The address book's page, and completion from it."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from accounts import access
from accounts.models import ShippingAccount
from shipments import address_book
from shipments.models import AddressBookEntry

MOST_ROWS = 50


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    rows = list(address_book.entries(request.user, end=AddressBookEntry.End.RECEIVER, text=text)[: MOST_ROWS + 1])
    context = {
        "entries": rows[:MOST_ROWS],
        "more": len(rows) > MOST_ROWS,
        "text": text,
        "may_book": access.accounts_for(request.user, "book").exists(),
    }
    return render(request, "shipments/address_book.html", context)


@require_GET
def complete(request: HttpRequest) -> JsonResponse:
    end = request.GET.get("end", "")
    text = request.GET.get("q", "")[:100]
    if end not in AddressBookEntry.End.values:
        return JsonResponse({"options": []})
    found = address_book.search(request.user, _account(request), end, text)
    return JsonResponse({"options": [_option(entry) for entry in found]})


def _account(request: HttpRequest) -> ShippingAccount | None:
    try:
        wanted = uuid.UUID(request.GET.get("account", ""))
    except ValueError:
        return None
    return access.accounts_for(request.user).filter(pk=wanted).first()


def _option(entry: AddressBookEntry) -> dict[str, Any]:
    address = entry.address
    times = "once" if entry.uses == 1 else f"{entry.uses} times"
    return {
        "label": f"{address.name}, {address.suburb} {address.post_code}",
        "why": f"used {times}",
        "value": address.name,
        # Both pages' names: the quote page keeps the address itself, the book page its fields.
        "fill": {**address.values(), "name": address.name, "area": address.city, "address": str(address.pk)},
    }


urlpatterns: list[URLPattern] = [
    path("address-book/", show, name="address-book"),
    path("address-book/search/", complete, name="address-book-search"),
]
