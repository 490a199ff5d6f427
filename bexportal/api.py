"""The REST API's root: errors as problem documents, limits, conditional reads, its description."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from accounts.api import router as accounts_router
from accounts.api import unauthorized
from bexportal import describing, examples, handbook, receiving
from bexportal.problems import Problem, of_status
from shipments.api import booking
from shipments.api.quotes import router as quotes_router
from tracking.api import router as tracking_router
from tracking.webhooks.api import router as webhooks_router

api = NinjaAPI(
    title="bexportal", version="1", description=describing.INTRODUCTION, urls_namespace="api-v1",
    docs_url=None, openapi_url=None, parser=receiving.Bodies(),
)  # fmt: skip
for router in (quotes_router, booking.router, tracking_router, webhooks_router, accounts_router):
    api.add_router("", router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response()


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return Problem("not-found", "It does not exist, or this key may not see it.").response()


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return Problem("scope-missing", "This key may not do this.").response()


@api.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return unauthorized("Send Authorization: Bearer and a key of this portal.").response()


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return of_status(error.status_code, "The body is no JSON that can be read.").response()


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What pydantic found, at its pointer: `["body", "body", "parcels", 0, "weight_kg"]` is /parcels/0/weight_kg."""
    errors = [{"pointer": _pointer(one["loc"]), "detail": str(one["msg"])} for one in error.errors]
    return Problem("invalid", "Nothing was stored and nothing was sent.", errors=errors).response()


def _pointer(loc: Any) -> str:
    source, *parts = map(str, loc)
    if source == "body" or parts[:1] == ["wanted"]:
        parts = parts[1:]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


@lru_cache(maxsize=1)
def _described(public_url: str, day: date) -> dict[str, Any]:
    """Made once a day; nobody changes it."""
    return describing.described(api, public_url)


def description(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1."""
    response = JsonResponse(_described(settings.PUBLIC_URL, examples.coming_day()), json_dumps_params={"indent": 1})
    response["Cache-Control"] = "no-cache"
    return response


def docs(request: HttpRequest) -> HttpResponse:
    """The same for people, without a script. It holds whoever is signed in and their token, so it has no ETag."""
    told = handbook.readable(_described(settings.PUBLIC_URL, examples.coming_day()))
    return render(request, "api_docs.html", {"api": told})


def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    return Problem("not-found", "There is no such address; see /api/v1/docs.").response()


NO_QUERY = {"GET": frozenset[str]()}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def _operations() -> list[URLPattern]:
    described = api.get_openapi_schema(path_prefix="/")["paths"]
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    return [
        URLPattern(one.pattern, receiving.received(one.callback, _query(described, one)), one.default_args, one.name)
        for one in found
    ]


def _query(described: Mapping[str, Any], one: URLPattern) -> dict[str, frozenset[str]]:
    methods = described["/" + PARAMETER.sub(r"{\1}", str(one.pattern))]
    return {
        method.upper(): frozenset(told["name"] for told in operation.get("parameters", []) if told["in"] == "query")
        for method, operation in methods.items()
    }


urlpatterns = [
    path("openapi.json", receiving.received(description, NO_QUERY), name="api-description"),
    path("docs", receiving.received(docs, NO_QUERY, tagged=False), name="api-docs"),
    *_operations(),
    path("<path:rest>", receiving.received(unknown, {}), name="api-unknown"),
]
