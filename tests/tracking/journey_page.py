"""A page with a parcel's journey and nothing else, beside the portal's own. It is served by tests only."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from bexportal.urls import urlpatterns as portal_urls
from shipments.models import Waybill


def page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return render(request, "journey_page.html", {"waybill": Waybill.objects.get(pk=pk)})


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Nothing here")


# What the bar links to leads nowhere here.
BAR = [path(f"bar/{name}/", nothing, name=name) for name in ("home", "find", "quotes", "quote-new", "waybills")]
urlpatterns = [*portal_urls, *BAR, path("a-journey/<uuid:pk>/", page, name="a-journey")]
