"""Buttons of the waybill's page: each posts the version that the page showed, and calls one verb."""

import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.models import User
from shipments import booking
from shipments.models import Waybill
from shipments.views import waybill as page

MOVED_ON = "It changed since this page was shown; this is how it stands now. Your click changed nothing."
Act = Callable[[HttpRequest, User, Waybill, int], Any]


def decision(act: Act, done: str) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """A view that calls the verb and says what came of it; errors keep what was typed."""

    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        if request.method == "GET":
            return redirect("waybill", pk=pk)  # signed in again, or the address of a refused click
        user = request.user
        assert isinstance(user, User)  # noqa: S101 - the middleware let nobody else in
        waybill = access.get_or_404(Waybill.objects.select_related("account"), user, "book", pk=pk)
        try:
            version = int(request.POST.get("version", ""))
        except ValueError:
            version = 0
        try:
            act(request, user, waybill, version)
        except booking.Stale:
            messages.warning(request, MOVED_ON)
        except booking.NotNow as error:
            return _refused(request, pk, error.reason)
        except booking.NumberNotConfirmed as error:
            return _refused(request, pk, error.reason, number_not_confirmed=True)
        except booking.NumberTaken:
            return _refused(request, pk, "Another waybill here holds this number. Ask BEX again which one is meant.")
        else:
            messages.success(request, done)
        return redirect("waybill", pk=pk)

    return view


def _refused(request: HttpRequest, pk: uuid.UUID, words: str, **more: Any) -> HttpResponse:
    found = page.load(request.user, pk)
    context = page.page_context(request, found, problem=words, typed=request.POST, **more)
    return render(request, "shipments/waybill.html", context, status=422)


def _told(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip()[:limit] for name, limit in (("spoke_to", 100), ("note", 500))}


def _take_back(request: HttpRequest, user: User, waybill: Waybill, version: int) -> None:
    booking.take_back(waybill.pk, user, version)


def _release(request: HttpRequest, user: User, waybill: Waybill, version: int) -> None:
    booking.release(waybill.pk, user, version)


def _consent(request: HttpRequest, user: User, waybill: Waybill, version: int) -> None:
    try:
        total = Decimal(request.POST.get("total", ""))
    except InvalidOperation:
        raise booking.NotNow("There is no price to agree to.") from None
    if not access.sees_prices(user, waybill.account):
        raise booking.NotNow("Somebody who may see prices has to agree to this one.")
    booking.consent(waybill.pk, user, version, total)


def _number(request: HttpRequest, user: User, waybill: Waybill, version: int) -> None:
    number = request.POST.get("number", "").strip()
    if not number or len(number) > 40 or not number.isalnum():
        raise booking.NotNow("A waybill number has letters and digits only, for instance ACP00000145.")
    booking.enter_number(
        waybill.pk, user, version, number, on_their_word="on_their_word" in request.POST, **_told(request)
    )


def _book_again(request: HttpRequest, user: User, waybill: Waybill, version: int) -> None:
    if "accept" not in request.POST:
        raise booking.NotNow("Tick that you asked BEX, or that you accept that it may be booked twice.")
    booking.book_again(waybill.pk, user, version, **_told(request))


def _abandon(request: HttpRequest, user: User, waybill: Waybill, version: int) -> None:
    booking.abandon(waybill.pk, user, version, **_told(request))


def _cancel(request: HttpRequest, user: User, waybill: Waybill, version: int) -> None:
    booking.record_cancellation(waybill.pk, user, version, **_told(request))


VIEWS: dict[str, tuple[Act, str]] = {
    "take-back": (_take_back, "Taken back. It is a draft again; nothing was sent."),
    "release": (_release, "Released. It is checked again and sent."),
    "consent": (_consent, "Agreed to the new price. It is checked again and sent."),
    "number": (_number, "The number is recorded."),
    "book-again": (_book_again, "A new attempt is made. The first one is still looked up."),
    "abandon": (_abandon, "Abandoned. Nothing more is sent; what may have been sent is still looked up."),
    "cancel": (_cancel, "The cancellation is recorded."),
}
urlpatterns: list[URLPattern] = [
    path(f"waybills/<uuid:pk>/{name}/", decision(act, done), name=f"waybill-{name}")
    for name, (act, done) in VIEWS.items()
]
