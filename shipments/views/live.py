"""What open pages ask by themselves: nothing is loaded or rendered for one that shows it all already."""

import re
import uuid
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts import access
from accounts.models import User
from bexportal.following import every, follows, seen, unchanged, with_version
from shipments import listing
from shipments.following import one_waybill, some_waybills, today
from shipments.following.some_waybills import Seen, Shown
from shipments.models import Waybill
from shipments.views import waybill as page
from shipments.views.home import shown_today

_IDS = re.compile(r"[0-9a-f]{32}")


@follows
def waybill_live(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The parts of a waybill's page."""
    version = one_waybill.version(cast(User, request.user), pk, timezone.now())
    if version is None:
        raise Http404
    if version == seen(request):
        return unchanged(version)
    context = page.page_context(request, pk, version=version, is_news=True)
    response = render(request, "shipments/_waybill_news.html", context)
    return with_version(every(response, context["every"]), version)


@follows
def waybills_live(request: HttpRequest) -> HttpResponse:
    """Rows of a page of the list that have changed, and how many are new."""
    user, now = cast(User, request.user), timezone.now()
    shown = _shown(user, request)
    before = Seen.read(seen(request), len(shown.ids))
    after = some_waybills.look(shown, before, now)
    if before is not None and after.shows_the_same_as(before):
        return unchanged(after.text())
    old = before.rows if before else ("",) * len(shown.ids)
    changed = [pk for pk, was, is_now in zip(shown.ids, old, after.rows, strict=True) if was != is_now]
    rows = Waybill.objects.filter(pk__in=changed).select_related("receiver", "account", "priced_by")
    found = access.visible(rows, user)
    context: dict[str, Any] = {
        "rows": listing.rows_of(list(found), access.accounts_with_prices(user), now),
        "page": {"shows_prices": "prices" in request.GET},
        "new": after.new,
        "said_of_new": "One new waybill" if after.new == 1 else f"{after.new} new waybills",
        "most": some_waybills.MOST_NEW,
        "query": shown.filters.query(),
        "tabs": listing.tabs_for(user, shown.filters, now) if before is None or before.tabs != after.tabs else [],
        "is_news": True,
    }
    return with_version(render(request, "shipments/_waybills_news.html", context), after.text())


@follows
def today_live(request: HttpRequest) -> HttpResponse:
    """The parts of the home page."""
    user, now = cast(User, request.user), timezone.now()
    if not today.has_news(user, seen(request), now):
        return unchanged(seen(request))
    shown = {**shown_today(user, now), "is_news": True}
    return with_version(render(request, "shipments/_home_parts.html", shown), shown["version"])


def _shown(user: User, request: HttpRequest) -> Shown:
    """As the page's own address for its news says. 404 for what no page of ours asks."""
    asked = request.GET
    at = parse_datetime(asked.get("at", "")) if len(asked.get("at", "")) < 40 else None
    ids = _IDS.findall(asked.get("ids", ""))
    if at is None or timezone.is_naive(at) or len(ids) > listing.PAGE_SIZE:
        raise Http404
    return Shown(tuple(uuid.UUID(one) for one in ids), user, asked, at, asked.get("top", ""), asked.get("bottom", ""))


urlpatterns: list[URLPattern] = [
    path("waybills/<uuid:pk>/live/", waybill_live, name="waybill-live"),
    path("waybills/live/", waybills_live, name="waybills-live"),
    path("today/live/", today_live, name="home-live"),
]
