"""The quote page: what is shipped on top, the options below; and the draft that a chosen option becomes."""

import uuid
from math import ceil
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.models import User
from bexportal.formats import SAST, day, money, span
from shipments import booking, drafting, estimating, options, places, quoting, validation
from shipments.forms.quote import LineFormSet, QuoteForm
from shipments.models import ParcelPreset, Place, Quote, QuoteOption, Waybill
from shipments.views import quote_list, quote_prefill, quote_typed

LOADED = ("account__identity", "sender", "receiver", "created_by", "starts_from")
CHANGED_SINCE = "What you typed had changed since it was priced. These are its prices now: choose once more."


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    if request.method != "POST":
        initial, lines = quote_prefill.initial(user, request.GET)
        return _page(request, QuoteForm(user, initial=initial), LineFormSet(initial=lines, prefix="parcels"))
    if not quote_typed.is_followed(request) and ("add_line" in request.POST or "remove_line" in request.POST):
        return _page(
            request, QuoteForm(user, initial=quote_typed.kept(request)), quote_typed.with_lines_changed(request)
        )
    return _price_typed(request)


def _price_typed(request: HttpRequest, then: str = "") -> HttpResponse:
    """Prices for what stands in the form. Where it is asked on a click, errors and doubts bring the form back."""
    user = _person(request)
    typed = quote_typed.read(request, user)
    follows = quote_typed.is_followed(request)
    if not typed.is_valid():
        words = typed.first_error()
        return quote_typed.unfinished(words) if follows else _page(request, typed.form, typed.lines, status=422)
    doubts = typed.doubts()
    if doubts and "anyway" not in request.POST:
        if follows:
            return quote_typed.unfinished(doubts[0])
        return _page(request, typed.form, typed.lines, status=422, doubts=doubts)
    asked = typed.price(user)
    if follows:
        return _fresh_options(request, asked)
    if then:
        messages.warning(request, then)
    return _to_the_answer(asked)


def _fresh_options(request: HttpRequest, quote: Quote) -> HttpResponse:
    """The options alone, under the address of their quote: a reload and "back" find them."""
    reply = render(request, "shipments/_options.html", {"quote": quote, **_answer(request, quote)})
    reply["HX-Replace-Url"] = reverse("quote", args=[quote.pk])
    return reply


@require_GET
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    user = _person(request)
    quote = access.get_or_404(Quote.objects.select_related(*LOADED), user, pk=pk)
    initial, lines = quote_prefill.of_quote(quote)
    form = QuoteForm(user, initial=initial)
    return _page(request, form, LineFormSet(initial=lines, prefix="parcels"), quote=quote)


@require_http_methods(["GET", "POST"])
def reprice(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method == "GET":
        return redirect("quote", pk=pk)
    user = _person(request)
    quote = access.get_or_404(Quote.objects.select_related(*LOADED), user, "book", pk=pk)
    if quote_typed.differs(request, user, quote):
        return _price_typed(request)
    if _has_left(quote):
        return _another_day(request, quote)
    return _to_the_answer(quoting.price_again(quote, user))


@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The option becomes a draft; the back button and the second tab find the same one."""
    if request.method == "GET":
        return redirect("quote", pk=pk)  # signed in again after the click
    user = _person(request)
    quote = access.get_or_404(Quote.objects.select_related(*LOADED), user, "book", pk=pk)
    if quote_typed.differs(request, user, quote):
        return _price_typed(request, CHANGED_SINCE)
    option = _option(request, quote)
    if option is None:
        messages.error(request, "Choose one of the services.")
        return redirect("quote", pk=pk)
    booked = [waybill for waybill in _booked(user, quote) if waybill.quote_option_id != option.pk]
    if booked and "second" not in request.POST:
        return _once_more(request, quote, option, booked)
    drafted = option.waybills.filter(copy_number=0).exists()
    if quote.is_stale and not drafted:
        if _has_left(quote):
            return _another_day(request, quote)
        anew = quoting.price_again(quote, user)
        messages.warning(request, _asked_anew(option, anew, with_prices=access.sees_prices(user, quote.account)))
        return _to_the_answer(anew)
    return redirect("waybill-book", pk=drafting.draft_from_option(option, user).pk)


def _booked(user: User, quote: Quote) -> list[Waybill]:
    """What became of this shipment already, by any service, or when it was asked before."""
    rows = Waybill.objects.filter(quote_option__quote__in=[quote.pk, quote.repeats_id or quote.pk])
    return list(access.visible(rows.filter(booking_state__in=booking.LIVE), user).order_by("created_at"))


def _once_more(request: HttpRequest, quote: Quote, option: QuoteOption, booked: list[Waybill]) -> HttpResponse:
    """Another service of what is booked already is another shipment: that is asked, not done."""
    initial, rows = quote_prefill.of_quote(quote)
    form, lines = QuoteForm(_person(request), initial=initial), LineFormSet(initial=rows, prefix="parcels")
    return _page(request, form, lines, status=422, quote=quote, second=option, booked=booked)


def _has_left(quote: Quote) -> bool:
    return quote.dispatch_date < timezone.localdate(timezone=SAST)


def _another_day(request: HttpRequest, quote: Quote) -> HttpResponse:
    """The same shipment on the page for new ones, which proposes the next day: the old question has no answer."""
    left = day(quote.dispatch_date, today=timezone.localdate(timezone=SAST))
    messages.warning(request, f"{left} has passed. Look at the new day, then get prices again.")
    return redirect(f"{reverse('quote-new')}?again={quote.pk}")


def _to_the_answer(quote: Quote) -> HttpResponse:
    """On a narrow screen the options are far below what was typed."""
    return redirect(reverse("quote", args=[quote.pk]) + "#options-h")


def _option(request: HttpRequest, quote: Quote) -> QuoteOption | None:
    """The button of a line, with the add-on that its radio says."""
    chosen = request.POST.get("second") or request.POST.get("option", "")
    line = "" if "second" in request.POST else request.POST.get("line", "")
    chosen = request.POST.get(f"variant-{line}", chosen) if line else chosen
    try:
        wanted = uuid.UUID(chosen)
    except ValueError:
        return None
    return quote.options.filter(pk=wanted).first()


def _asked_anew(old: QuoteOption, anew: Quote, *, with_prices: bool) -> str:
    new = anew.options.filter(service_code=old.service_code, add_on=old.add_on).first()
    if new is None:
        return f"The price was too old to rely on. Asked again, BEX gave none for {old.service_name}."
    if not with_prices:
        return f"The offer was too old to rely on and was asked again. Choose {old.service_name} once more."
    return (
        f"The price was too old to rely on and was asked again: {old.service_name} was {money(old.total)}, "
        f"now {money(new.total)}. Choose once more."
    )


def _page(request: HttpRequest, form: QuoteForm, lines: Any, status: int = 200, **more: Any) -> HttpResponse:
    quote: Quote | None = more.get("quote")
    context: dict[str, Any] = {
        "form": form,
        "lines": lines,
        "presets": [(preset, _fill(preset)) for preset in ParcelPreset.objects.all()],
        "ratios": estimating.ratios(request.user),
        "has_accounts": form.fields["account"].queryset.exists(),  # type: ignore[attr-defined]
        **more,
    }
    if quote is not None:
        context |= _answer(request, quote)
        # Choosing and pricing again send the form along: where there is none, nothing is to be pressed.
        context["may_book"] &= context["has_accounts"]
    return render(request, "shipments/quote.html", context, status=status)


def _answer(request: HttpRequest, quote: Quote) -> dict[str, Any]:
    sees_prices = access.sees_prices(request.user, quote.account)
    now = timezone.now()
    by_price = request.GET.get("order") == "price"
    rows = list(quote.options.all())
    for row in rows:
        row.quote = quote
    services = options.services(rows, now, by_price=by_price, with_prices=sees_prices)
    options.mark_booked(services, _booked(_person(request), quote))
    if sees_prices and quote.repeats_id:
        options.compare(services, list(QuoteOption.objects.filter(quote=quote.repeats_id)))
    return {
        "wait_s": ceil((quote.retry_at - now).total_seconds()) if quote.retry_at and quote.retry_at > now else 0,
        "age": span(now - quote.quoted_at) if quote.quoted_at else "",
        "sees_prices": sees_prices,
        "may_book": access.may(request.user, quote.account, "book"),
        "by_price": by_price and sees_prices,
        "services": services,
        "ways": sum(not service.continues for service in services),
        "pieces": sum(line.pieces for line in quote.lines.all()),
        "weekend_note": validation.weekend_note(quote.dispatch_date),
    }


def _fill(preset: ParcelPreset) -> dict[str, str]:
    values = {"length_cm": preset.length_cm, "breadth_cm": preset.breadth_cm, "height_cm": preset.height_cm}
    known = {**values, "weight_kg": preset.weight_kg}
    return {name: f"{value.normalize():f}" for name, value in known.items() if value is not None}


@require_GET
def complete_places(request: HttpRequest) -> JsonResponse:
    typed = request.GET.get("q", "")[:100]
    return JsonResponse({"options": [_place(place) for place in places.complete(typed)]})


def _place(place: Place) -> dict[str, Any]:
    area = "" if place.area.casefold() == place.suburb.casefold() else f", {place.area}"
    why = "priced before" if place.quoted > 1 else (f"also {place.also}" if place.also else "")
    return {
        "label": f"{place.suburb}{area} {place.post_code}",
        "why": why,
        "value": place.suburb,
        "fill": {"suburb": place.suburb, "area": place.area, "post_code": place.post_code},
    }


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the middleware let nobody else in
    return request.user


urlpatterns: list[URLPattern] = [
    path("quotes/", quote_list.show, name="quotes"),
    path("quotes/new/", new, name="quote-new"),
    path("quotes/<uuid:pk>/", show, name="quote"),
    path("quotes/<uuid:pk>/price-again/", reprice, name="quote-reprice"),
    path("quotes/<uuid:pk>/choose/", choose, name="quote-choose"),
    path("places/", complete_places, name="places"),
]
