"""Buttons of the waybill's page: each posts the version that the page showed, and calls one verb."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.models import User
from shipments import booking
from shipments.forms.decisions import form_for
from shipments.models import Waybill
from shipments.models.waybills import BookingState
from shipments.views import waybill as page

MOVED_ON = "It changed since this page was shown; this is how it stands now. Your click changed nothing."
Act = Callable[[User, Waybill, int, dict[str, Any]], Any]


def decision(name: str, act: Act, done: str) -> Callable[[HttpRequest, uuid.UUID], HttpResponse]:
    """A view that calls the verb and says what came of it; errors stand at their field and keep what was typed."""

    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        if request.method == "GET":
            return redirect("waybill", pk=pk)  # signed in again, or the address of a refused click
        user = request.user
        assert isinstance(user, User)  # noqa: S101 - the middleware let nobody else in
        waybill = access.get_or_404(Waybill.objects.select_related("account"), user, "book", pk=pk)
        form = form_for(name, request.POST)
        if not form.is_valid():
            return _refused(request, pk, name, form)
        try:
            said = act(user, waybill, _version(request), form.cleaned_data) or done
        except booking.Stale:
            messages.warning(request, MOVED_ON)
        except booking.NotNow as error:
            form.add_error(error.field if error.field in form.fields else None, error.reason)
            return _refused(request, pk, name, form)
        except booking.NumberNotConfirmed as error:
            form.add_error("number", error.reason)
            return _refused(request, pk, name, form, number_not_confirmed=True)
        except booking.NumberTaken:
            form.add_error("number", "Another waybill here holds this number. Ask BEX again which one is meant.")
            return _refused(request, pk, name, form)
        else:
            messages.success(request, said)
        return redirect("waybill", pk=pk)

    return view


def _version(request: HttpRequest) -> int:
    """The version that the page showed; 0, which no waybill has, where it says none."""
    try:
        return int(request.POST.get("version", ""))
    except ValueError:
        return 0


def _refused(request: HttpRequest, pk: uuid.UUID, name: str, form: forms.Form, **more: Any) -> HttpResponse:
    context = page.page_context(request, pk, refused_form=form, refused=name, **more)
    context["forms"][name.replace("-", "_")] = form
    return render(request, "shipments/waybill.html", context, status=422)


def _take_back(user: User, waybill: Waybill, version: int, said: dict[str, Any]) -> str:
    taken = booking.take_back(waybill.pk, user, version)
    if taken.booking_state == BookingState.UNKNOWN:
        return "Taken back. Nothing more is sent; whether the earlier attempt booked is as unknown as before."
    if taken.attempts.exists():
        return "Taken back. Nothing more is sent; what may have been sent is still looked up."
    return "Taken back. It is a draft again; nothing was sent."


def _release(user: User, waybill: Waybill, version: int, said: dict[str, Any]) -> None:
    booking.release(waybill.pk, user, version)


def _consent(user: User, waybill: Waybill, version: int, said: dict[str, Any]) -> None:
    if not access.sees_prices(user, waybill.account):
        raise booking.NotNow("Somebody who may see prices has to agree to this one.")
    booking.consent(waybill.pk, user, version, said["total"])


def _number(user: User, waybill: Waybill, version: int, said: dict[str, Any]) -> None:
    booking.enter_number(waybill.pk, user, version, **said)


def _book_again(user: User, waybill: Waybill, version: int, said: dict[str, Any]) -> None:
    booking.book_again(waybill.pk, user, version, spoke_to=said["spoke_to"], note=said["note"])


def _abandon(user: User, waybill: Waybill, version: int, said: dict[str, Any]) -> None:
    booking.abandon(waybill.pk, user, version, **said)


def _cancel(user: User, waybill: Waybill, version: int, said: dict[str, Any]) -> None:
    booking.record_cancellation(waybill.pk, user, version, **said)


VIEWS: dict[str, tuple[Act, str]] = {
    "take-back": (_take_back, "Taken back."),
    "release": (_release, "Released. It is checked again and sent."),
    "consent": (_consent, "Agreed to the new price. It is checked again and sent."),
    "number": (_number, "The number is recorded."),
    "book-again": (_book_again, "A new attempt is made. The first one is still looked up."),
    "abandon": (_abandon, "Abandoned. Nothing more is sent; what may have been sent is still looked up."),
    "cancel": (_cancel, "The cancellation is recorded."),
}
urlpatterns: list[URLPattern] = [
    path(f"waybills/<uuid:pk>/{name}/", decision(name, act, done), name=f"waybill-{name}")
    for name, (act, done) in VIEWS.items()
]
