"""The list of waybills, its export, and the way from one of them to the next shipment."""

import uuid
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import access
from accounts.models import User
from shipments import exporting, listing
from shipments.filtering import FilterForm, Filters
from shipments.following import some_waybills
from shipments.models import Waybill


@never_cache
@require_safe
def waybills(request: HttpRequest) -> HttpResponse:
    """Newest first. 422 where a filter could not be understood: the others hold, and the field says why."""
    user = cast(User, request.user)
    now = timezone.now()
    form = FilterForm(user, request.GET)
    filters = Filters.of(form)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = listing.page_of(user, filters, now, after=after, before=before)
    tabs = listing.tabs_for(user, filters, now)
    shown = {
        "form": form,
        "filters": filters,
        "chips": filters.chips(),
        "page": page,
        "tabs": tabs,
        "query": filters.query(),
        "may_book": access.accounts_for(user, "book").exists(),
        "moves_focus": request.headers.get("HX-Target") == "main",
        "most": some_waybills.MOST_NEW,
        "version": some_waybills.as_served([row.waybill for row in page.rows], tabs, now).text(),
        "news_url": _news_url(page, filters, now),
    }
    response = render(request, "shipments/waybills.html", shown, status=200 if form.is_valid() else 422)
    if request.headers.get("HX-Request") and form.is_valid():
        cursor = {"after": after} if after else {"before": before} if before else {}
        query = "&".join(part for part in (filters.query(), urlencode(cursor)) if part)
        response["HX-Push-Url"] = f"{reverse('waybills')}?{query}" if query else reverse("waybills")
    return response


def _news_url(page: listing.Page, filters: Filters, now: datetime) -> str:
    """Where this page asks for its news: it names its rows, and what lies beyond them."""
    rows = [row.waybill for row in page.rows]
    told = {
        "at": now.isoformat(),
        "ids": ",".join(row.pk.hex for row in rows),
        "top": listing.cursor(rows[0]) if page.newer else "",
        "bottom": listing.cursor(rows[-1]) if page.older else "",
        "prices": "1" if page.shows_prices else "",
    }
    query = urlencode({name: value for name, value in told.items() if value}, safe=",:")
    return f"{reverse('waybills-live')}?{'&'.join(part for part in (filters.query(), query) if part)}"


@never_cache
@require_safe
def waybills_csv(request: HttpRequest) -> HttpResponseBase:
    """Every row that the filters find, streamed."""
    user = cast(User, request.user)
    form = FilterForm(user, request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('waybills')}?{request.GET.urlencode()}")
    now = timezone.now()
    filters = Filters.of(form)
    lines = exporting.csv_lines(
        listing.all_rows(user, filters, now), with_prices=listing.shows_prices(user, filters, now)
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="waybills-{timezone.localdate(now)}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def waybill_again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The next shipment begins as this one was, or (`way=back`) the other way round."""
    waybill = access.get_or_404(Waybill.objects.only("pk"), request.user, pk=pk)
    wanted = {"waybill": str(waybill.pk)}
    if request.GET.get("way") == "back":
        wanted["way"] = "back"
    return redirect(f"{reverse('quote-new')}?{urlencode(wanted)}")


urlpatterns = [
    path("waybills/", waybills, name="waybills"),
    path("waybills/export.csv", waybills_csv, name="waybills-csv"),
    path("waybills/<uuid:pk>/again/", waybill_again, name="waybill-again"),
]
