"""A page with every part of the interface, and the routes it speaks to. It is served by tests only."""

import re
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from bexportal.templatetags._states import BOOKING, TRANSIT
from bexportal.urls import urlpatterns as portal_urls

PLACES = [("Stellenbosch", "7600"), ("Stellenbosch", "7613"), ("Stella", "8650"), ("Paarl", "7646")]


class ShipmentForm(forms.Form):
    sender_suburb = forms.CharField()
    sender_post_code = forms.CharField()
    receiver_suburb = forms.CharField()
    receiver_post_code = forms.CharField(error_messages={"required": "4 digits, as BEX wants them."})
    mobile = forms.CharField(required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    weight = forms.DecimalField(required=False)
    reference = forms.CharField(required=False, help_text="Printed on the waybill.")
    service = forms.ChoiceField(choices=[("ONC", "Overnight courier"), ("BUD", "Budget cargo")])
    insured = forms.BooleanField(required=False)
    delivery_day = forms.ChoiceField(
        choices=[("mon", "Monday"), ("sat", "Saturday")], widget=forms.RadioSelect, initial="mon"
    )
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))


class LineForm(forms.Form):
    pieces = forms.IntegerField(initial=1)
    length_cm = forms.IntegerField()
    breadth_cm = forms.IntegerField()
    height_cm = forms.IntegerField()
    weight_kg = forms.DecimalField()


Lines = forms.formset_factory(LineForm, extra=1)


def icon_names() -> list[str]:
    sprite = (settings.BASE_DIR / "static" / "icons.svg").read_text()
    return re.findall(r'<symbol id="([a-z0-9]+)"', sprite)


def row(number: str, booking: str, transit: str, price: str, parcels: int, kg: str) -> dict[str, Any]:
    return {
        "number": number,
        "booking": booking,
        "transit": transit,
        "price": Decimal(price),
        "parcels": parcels,
        "kg": kg,
    }


def page(request: HttpRequest) -> HttpResponse:
    data = {"parcels-TOTAL_FORMS": "1", "parcels-INITIAL_FORMS": "0"} if "errors" in request.GET else None
    if "hello" in request.GET:
        messages.success(request, "Printed 2 labels on Dispatch 1")
        messages.error(request, "BEX refused the e-waybill")
    now = timezone.now()
    context: dict[str, Any] = {
        "form": ShipmentForm(data),
        "formset": Lines(data, prefix="parcels"),
        "places": "/parts/places/",
        "soon": now + timedelta(minutes=48, seconds=30),
        "later": now + timedelta(minutes=108, seconds=30),
        "past": now - timedelta(minutes=17, seconds=30),
        "price": Decimal("2052.52"),
        "booking_codes": list(BOOKING),
        "transit_codes": list(TRANSIT),
        "icons": icon_names(),
        "rows": [
            row("ACP00000131", "booked", "out_for_delivery", "635.20", 2, "12.70"),
            row("ACP00000129", "booked", "in_transit", "1405.42", 6, "118.00"),
            row("ACP00000128", "unknown", "", "543.43", 1, "6.20"),
        ],
    }  # fmt: skip
    return render(request, "parts/page.html", context, status=422 if data else 200)


def places(request: HttpRequest) -> HttpResponse:
    wanted = request.GET["q"].lower()
    found = [(town, code) for town, code in PLACES if town.lower().startswith(wanted)]
    return JsonResponse(
        {"options": [{"label": f"{t} {c}", "why": "", "fill": {"suburb": t, "post_code": c}} for t, c in found]}
    )


def slow(request: HttpRequest) -> HttpResponse:
    """Answers after long enough for a second click."""
    time.sleep(0.5)
    return HttpResponse("Received")


def answer(request: HttpRequest, kind: str) -> HttpResponse:
    match kind:
        case "fine":
            return HttpResponse('<h3 tabindex="-1" data-focus id="fresh">Fresh</h3>')
        case "errors":
            return HttpResponse(
                '<div role="alert" tabindex="-1" data-error-summary id="summary">1 thing</div>', status=422
            )
        case "failure":
            return HttpResponse("<h1>Broken</h1>", status=500, headers={"X-Request-ID": "abc123"})
        case "toast":
            return HttpResponse("Done", headers={"HX-Trigger": '{"toast": "Printed 2 labels"}'})
    logout(request)
    return redirect("login")


urlpatterns = [
    path("parts/", login_not_required(page), name="parts"),
    path("parts/places/", login_not_required(places)),
    path("parts/slow/", login_not_required(slow), name="parts-slow"),
    path("parts/answer/<str:kind>/", login_not_required(answer), name="parts-answer"),
    *portal_urls,
]
