"""The portal's addresses and one at which everything goes wrong, with secrets and names all around."""

import logging
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from accounts import gateway
from accounts.models import User
from bexportal.urls import urlpatterns as the_portals
from tests.cast import ENDPOINT

log = logging.getLogger("shipments.test")
NAME, MOBILE, TOKEN = "Anneke Plantbotha", "0837654321", "planted-token-b7c3"


@login_not_required
@csrf_exempt
def fails(request: HttpRequest, key: str) -> HttpResponse:
    receiver = {"contact": NAME, "mobile": MOBILE}
    token = TOKEN
    log.info("looking for %s", NAME)
    list(User.objects.filter(first_name=NAME))
    log.error("the parcel of %s is lost", NAME, extra={"mobile": MOBILE})
    logging.getLogger("somebody.elses").error(f"{NAME} of {MOBILE}")  # noqa: G004 - as others write it
    try:
        _refuse(token)
    except IntegrityError as error:
        raise LookupError(f"{receiver} {key} {request.body!r}") from error
    return HttpResponse()


def _refuse(token: str) -> None:
    raise IntegrityError(f"DETAIL: Failing row contains ({NAME}, {MOBILE}, {token})")


@login_not_required
def asks(request: HttpRequest) -> HttpResponse:
    gateway.anonymous_client(request.GET.get("at", ENDPOINT)).track(["ACP00000001"])
    return HttpResponse("asked")


urlpatterns: list[Any] = [path("fails/<key>/", fails), path("asks/", asks), *the_portals]
