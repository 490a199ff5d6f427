"""The button that asks BEX now."""

import json
import uuid
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import access
from shipments.models import Waybill
from shipments.views.waybill import page_context
from tracking.journey import news_in_words
from tracking.sync import AT_MOST_EVERY, Refreshed, refresh

NO_ANSWER_YET = "BEX was asked a moment ago and gave no answer. Ask again in some seconds."
ASKED_A_MOMENT_AGO = "BEX was asked a moment ago. This is what it said."


@never_cache
@require_http_methods(["GET", "POST"])
def waybill_refresh(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Asks BEX, unless it was asked within the last seconds. The fragment for htmx, else back to the waybill."""
    if request.method == "GET":
        return redirect("waybill", pk=pk)
    before = _waybill(request, pk)
    looked = refresh(before)
    if not looked.asked and before.waybill_number and not _was_answered_just_now(before):
        looked = replace(looked, problem=NO_ANSWER_YET)
    after = _waybill(request, pk)
    words = looked.problem or (news_in_words(before, after) if looked.asked else ASKED_A_MOMENT_AGO)
    if getattr(request, "htmx", False):
        response = _fragment(request, after, looked)
        if not looked.problem:
            response["HX-Trigger"] = json.dumps({"toast": words})
        return response
    messages.add_message(request, messages.WARNING if looked.problem else messages.INFO, words)
    return redirect("waybill", pk=after.pk)


def _was_answered_just_now(waybill: Waybill) -> bool:
    at = waybill.tracking_checked_at
    return at is not None and at > timezone.now() - AT_MOST_EVERY


def _waybill(request: HttpRequest, pk: uuid.UUID) -> Waybill:
    return access.get_or_404(Waybill.objects.all(), request.user, pk=pk)


def _fragment(request: HttpRequest, waybill: Waybill, looked: Refreshed) -> HttpResponse:
    """The journey, and beside it the cells that say where the parcel is; the rest of the page follows by itself."""
    return render(request, "tracking/_journey_news.html", page_context(request, waybill.pk, looked=looked))
