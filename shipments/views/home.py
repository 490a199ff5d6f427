"""The home page, and the search box that stands on every page."""

from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import accounts_for, accounts_with_prices
from accounts.models import User
from shipments import finding, today
from shipments.attention import cases
from shipments.following import today as following
from shipments.models import Place, SendingHold


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """First what is still to be set up; then, for ever after, what today needs."""
    user = cast(User, request.user)
    now = timezone.now()
    steps = today.first_steps(user)
    if steps:
        ahead = next((step for step in steps if not step.done), None)
        return render(request, "shipments/home_first.html", {"now": now, "steps": steps, "ahead": ahead})
    return render(request, "shipments/home.html", shown_today(user, now))


def shown_today(user: User, now: datetime) -> dict[str, Any]:
    priced = accounts_with_prices(user)
    groups = cases.groups(user, now, most=today.MOST_SHOWN)
    holds = list(SendingHold.objects.open())
    needed = sum(group.count for group in groups)
    return {
        "now": now,
        "drafts": today.drafts(user),
        "people_needed": needed,
        "groups": groups,
        "priced": priced,
        "sees_some_prices": bool(priced),
        "booked": today.booked_today(user, now),
        "cut_offs": today.cut_offs(user, now),
        "may_book": accounts_for(user, "book").exists(),
        "sending_holds": holds,
        "said_of_holds": "All sending is on hold" if holds else "",
        "places_missing": user.is_superuser and not Place.objects.exists(),
        "version": following.as_served(now),
        "said_of_attention": f"{needed} {'thing needs' if needed == 1 else 'things need'} a person" if needed else "",
    }


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Straight to the waybill that was named exactly; else the list of what the text is found in."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    waybill = finding.exactly(cast(User, request.user), text)
    if waybill is not None:
        return redirect("waybill", pk=waybill.pk)
    return redirect(f"{reverse('waybills')}?{urlencode({'q': text})}" if text else reverse("waybills"))


urlpatterns = [
    path("", home, name="home"),
    path("find/", find, name="find"),
]
