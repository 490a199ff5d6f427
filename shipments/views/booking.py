"""The book page: what is still missing, the price that holds, and the one button that books."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from accounts import access
from accounts.models import User
from bexportal.formats import money
from shipments import booking, drafting, pricing, validation
from shipments.forms.booking import ENDS, BookForm, initial_of
from shipments.models import Quote, Waybill
from shipments.models.waybills import BookingState
from shipments.views import decisions, waybill

MOVED_ON = "It changed since this page was shown; this is how it stands now. Nothing was sent by your click."
LOADED = (
    "account__identity",
    "account__default_sender",
    "sender",
    "receiver",
    "quote_option__quote",
    "priced_by__quote",
)


def _find(user: User, pk: uuid.UUID) -> Waybill:
    rows = Waybill.objects.select_related(*LOADED).prefetch_related("parcels")
    return access.get_or_404(rows, user, "book", pk=pk)


@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user = _person(request)
    draft = _find(user, pk)
    if draft.booking_state not in drafting.OPEN_TO_CHANGES:
        return redirect("waybill", pk=pk)
    if request.method != "POST":
        return _page(request, draft, BookForm(initial=initial_of(draft)))
    form = BookForm(request.POST)
    if not form.is_valid():
        return _page(request, draft, form, status=422)
    try:
        saved = drafting.save_content(draft.pk, form.cleaned_data["version"], form.content())
    except booking.Stale:
        return _changed_elsewhere(request, pk, form)
    if "keep" in request.POST:
        messages.success(request, "The draft is kept.")
        return redirect("waybill", pk=pk)
    return _book(request, _find(user, saved.pk), form)


def _book(request: HttpRequest, draft: Waybill, form: BookForm) -> HttpResponse:
    """Everything is filled in and kept: warn of a double, bring the price up to date, then ask."""
    user = _person(request)
    duplicates = booking.duplicates_of(draft, user)
    if duplicates and "book_anyway" not in request.POST:
        return _page(request, draft, _anew(form, draft), status=422, duplicates=duplicates)
    agreed = draft.priced_by
    # For who sees no prices the worker asks anew, and holds it for somebody who does where it became dearer.
    may_agree = access.sees_prices(user, draft.account)
    if agreed is not None and may_agree and not pricing.still_holds(draft, agreed):
        quote = pricing.price(draft)
        option = pricing.same_service(quote, draft)
        if option is None:
            return _page(request, draft, _anew(form, draft), status=422, unpriced=quote, duplicates=duplicates)
        try:
            drafting.rely_on(draft.pk, draft.version, option)
        except (booking.Stale, booking.NotNow):
            return _changed_elsewhere(request, draft.pk, form)
        draft = _find(user, draft.pk)
        if pricing.asks_more(option, agreed):
            return _page(request, draft, _anew(form, draft), status=422, moved_from=agreed, duplicates=duplicates)
        if option.total != agreed.total:
            messages.info(request, f"BEX’s price moved from {money(agreed.total)} to {money(option.total)} meanwhile.")
    try:
        booking.ask(draft.pk, user, draft.version)
    except (booking.Stale, booking.NotNow):
        return _moved_on(request, draft.pk)
    # The focus goes to its heading, and again when the page brings the number.
    return redirect(reverse("waybill", args=[draft.pk]) + "#waybill-h")


@require_http_methods(["GET", "POST"])
def reprice(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The price asked again, as the draft stands."""
    if request.method == "GET":
        return redirect("waybill-book", pk=pk)
    user = _person(request)
    draft = _find(user, pk)
    may_agree = access.sees_prices(user, draft.account)
    if draft.booking_state not in drafting.OPEN_TO_CHANGES or draft.priced_by is None or not may_agree:
        return redirect("waybill", pk=pk)
    agreed = draft.priced_by
    quote = pricing.price_of_draft(draft, user)
    option = pricing.same_service(quote, draft)
    form = BookForm(initial=initial_of(draft))
    if option is None:
        return _page(request, draft, form, status=422, unpriced=quote)
    try:
        drafting.rely_on(draft.pk, draft.version, option)
    except (booking.Stale, booking.NotNow):
        return _moved_on(request, pk)
    draft = _find(user, pk)
    moved = agreed if option.total != agreed.total else None
    return _page(request, draft, BookForm(initial=initial_of(draft)), moved_from=moved)


def _anew(form: BookForm, draft: Waybill) -> BookForm:
    """The same form with what was typed and the version that it has now."""
    fresh = BookForm({**{name: form.data.get(name) for name in form.fields}, "version": str(draft.version)})
    fresh.is_valid()
    return fresh


def _changed_elsewhere(request: HttpRequest, pk: uuid.UUID, form: BookForm) -> HttpResponse:
    """Another tab or person was first. What was typed here stays, as long as it can still be booked."""
    draft = _find(_person(request), pk)
    if draft.booking_state not in drafting.OPEN_TO_CHANGES:
        return _moved_on(request, pk)
    return _page(request, draft, _anew(form, draft), status=409, changed_elsewhere=True)


def _moved_on(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    messages.warning(request, MOVED_ON)
    return redirect("waybill", pk=pk)


def _page(request: HttpRequest, draft: Waybill, form: BookForm, status: int = 200, **more: Any) -> HttpResponse:
    sees_prices = access.sees_prices(request.user, draft.account)
    parcels = list(draft.parcels.all())
    price = draft.priced_by
    context = {
        "waybill": draft,
        "form": form,
        "sender_fields": form.fields_of("sender"),
        "receiver_fields": form.fields_of("receiver"),
        "nameless": {end: form.is_nameless(end) for end in ENDS},
        "sender_open": form.lacks("sender") or any(name.startswith("sender_") for name in form.errors),
        "parcels": parcels,
        "total_weight_kg": sum(parcel.weight_kg for parcel in parcels),
        "price": price if sees_prices else None,
        "option": price,
        "sees_prices": sees_prices,
        "is_stale": price is not None and price.quote.is_stale,
        "weekend_note": validation.weekend_note(draft.collection_date),
        "attempt_refused": _refused_words(draft),
        **more,
    }
    unpriced: Quote | None = more.get("unpriced")
    context["unpriced_words"] = _unpriced_words(unpriced) if unpriced else ""
    return render(request, "shipments/book.html", context, status=status)


def _refused_words(draft: Waybill) -> str:
    if draft.booking_state != BookingState.REJECTED:
        return ""
    last = draft.attempts.order_by("-number").first()
    return last.refusal if last else ""


def _unpriced_words(quote: Quote) -> str:
    if quote.state == Quote.State.ANSWERED:
        return "BEX no longer offers this service for this shipment. Choose another one."
    return "" if quote.state == Quote.State.REFUSED else f"{quote.failure}. The draft is kept; try again."


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the middleware let nobody else in
    return request.user


urlpatterns: list[URLPattern] = [
    path("waybills/<uuid:pk>/book/", book, name="waybill-book"),
    path("waybills/<uuid:pk>/price-again/", reprice, name="waybill-reprice"),
    *waybill.urlpatterns,
    *decisions.urlpatterns,
]
