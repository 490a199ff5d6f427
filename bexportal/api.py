"""The REST API's root: errors as problem documents, limits, conditional reads, its description."""

import hashlib
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from accounts.api import router as accounts_router
from accounts.api import unauthorized
from bexportal import describing
from bexportal.problems import MEDIA_TYPE, Problem, of_status
from shipments.api import booking
from shipments.api.quotes import router as quotes_router
from tracking.api import router as tracking_router

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
LARGEST_BODY = 256 * 1024

api = NinjaAPI(
    title="bexportal", version="1", description=describing.INTRODUCTION, urls_namespace="api-v1",
    docs_url=None, openapi_url=None,
)  # fmt: skip
for router in (quotes_router, booking.router, tracking_router, accounts_router):
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


def _outer(view: View) -> View:
    """Around each operation: what it refuses to read, what every answer carries."""

    def outer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        refused = _refused(request) or _read_in_chunks(request)
        if refused is not None:
            return refused.response()
        try:
            response = view(request, *args, **kwargs)
        except RequestDataTooBig:
            return Problem("too-large", f"At most {LARGEST_BODY} bytes.").response()
        if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
            allowed = response.headers.get("Allow")
            response = of_status(response.status_code).response()
            if allowed:
                response["Allow"] = allowed
        response = _finished(request, response)
        if is_head and not response.streaming:
            response["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    outer.csrf_exempt = True  # type: ignore[attr-defined] # a key in a header is no cookie
    return login_not_required(outer)


def _refused(request: HttpRequest) -> Problem | None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        return Problem("too-large", f"At most {LARGEST_BODY} bytes.")
    if request.method in {"POST", "PUT"} and request.content_type != "application/json":
        return Problem("media-type", "Send Content-Type: application/json.")
    return None


def _read_in_chunks(request: HttpRequest) -> Problem | None:
    """A body that is sent in chunks says no length, and Django takes it for none."""
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    if not chunked or request.META.get("CONTENT_LENGTH"):
        return None
    if not request.META.get("wsgi.input_terminated"):
        return Problem("length-required", "Send Content-Length.")
    body = request.META["wsgi.input"].read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        return Problem("too-large", f"At most {LARGEST_BODY} bytes.")
    request._body = body  # noqa: SLF001 - what Django would have read, had it been told a length
    return None


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    for name, value in getattr(request, "rate", {}).items():
        response.setdefault(name, value)
    response.setdefault("Cache-Control", "private, no-cache")
    if request.method != "GET" or response.status_code != 200 or response.streaming:
        return response
    response.setdefault("ETag", f'"{hashlib.sha256(response.content).hexdigest()[:20]}"')
    seen = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    if response["ETag"] in seen or "*" in seen:
        unchanged = HttpResponse(status=304)
        for name in ("ETag", "Cache-Control", "RateLimit", "RateLimit-Policy"):
            if name in response.headers:
                unchanged[name] = response[name]
        del unchanged["Content-Type"]
        return unchanged
    return response


@csrf_exempt  # nothing is changed here: another method is told so
@login_not_required
@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1."""
    response = JsonResponse(describing.described(api, settings.PUBLIC_URL), json_dumps_params={"indent": 1})
    response["Cache-Control"] = "no-cache"
    return response


@csrf_exempt
@login_not_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people, without a script."""
    told = describing.readable(describing.described(api, settings.PUBLIC_URL))
    return render(request, "api_docs.html", {"api": told})


def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    return Problem("not-found", "There is no such address; see /api/v1/docs.").response()


def _operations() -> list[URLPattern]:
    found = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    return [URLPattern(one.pattern, _outer(one.callback), one.default_args, one.name) for one in found]


urlpatterns = [
    path("openapi.json", description, name="api-description"),
    path("docs", docs, name="api-docs"),
    *_operations(),
    path("<path:rest>", _outer(unknown), name="api-unknown"),
]
