"""What the REST API does with a request before any operation reads it, and with an answer after it."""

import hashlib
import json
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, NoReturn

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser

from bexportal.problems import MEDIA_TYPE, Problem, of_status

View = Callable[..., HttpResponse]
LARGEST_BODY = 256 * 1024
TOO_LARGE = f"At most {LARGEST_BODY} bytes."
WITH_BODIES = ("POST", "PUT")
KEPT_BY_304 = ("ETag", "Cache-Control", "RateLimit", "RateLimit-Policy")


class Bodies(Parser):
    """JSON as RFC 8259 has it: no NaN, and no name twice, of which each reader takes another one."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def received(view: View, query: Mapping[str, frozenset[str]], *, tagged: bool = True) -> View:
    """Around each address. `query`: for each method that it knows, the names that its query may have; empty where the
    address is none. `tagged`: not where the same thing is never written twice alike, so that no tag could match.
    """
    allowed = sorted({*query, *(["HEAD"] if "GET" in query else [])})

    def outer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.method or ""
        if query and asked not in allowed:
            refused = Problem(
                "method-not-allowed", f"Here is done: {', '.join(allowed)}.", headers={"Allow": ", ".join(allowed)}
            )
            return _finished(request, refused.response(), tagged=tagged)
        if asked == "HEAD":
            request.method = "GET"
        request.query_names = query.get(request.method or "", None)  # type: ignore[attr-defined]
        answered = _answered(view, request, *args, **kwargs) if query else view(request, *args, **kwargs)
        response = _finished(request, answered, tagged=tagged)
        return _without_body(response) if asked == "HEAD" else response

    outer.csrf_exempt = True  # type: ignore[attr-defined] # a key in a header is no cookie
    return login_not_required(outer)


def _answered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        _read(request)
        response = view(request, *args, **kwargs)
    except Problem as refused:
        return refused.response()
    except RequestDataTooBig:
        return Problem("too-large", TOO_LARGE).response()
    if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
        return of_status(response.status_code).response()
    return response


def _read(request: HttpRequest) -> None:
    """Raises Problem for what is not read at all."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise Problem("too-large", TOO_LARGE)
    if request.method in WITH_BODIES and request.content_type != "application/json":
        raise Problem("media-type", "Send Content-Type: application/json.")
    if request.headers.get("Transfer-Encoding"):
        _read_pieces(request)


def _read_pieces(request: HttpRequest) -> None:
    """A body of unsaid length, where the server tells its end. Django itself would take it for an empty one."""
    if not request.META.get("wsgi.input_terminated"):
        raise Problem("length-required", "Send Content-Length; a body in pieces cannot be read here.")
    body = request.META["wsgi.input"].read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise Problem("too-large", TOO_LARGE)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # noqa: SLF001 - where Django itself reads it from


def _finished(request: HttpRequest, response: HttpResponse, *, tagged: bool) -> HttpResponse:
    for name, value in getattr(request, "rate", {}).items():
        response.setdefault(name, value)
    response.setdefault("Cache-Control", "private, no-cache")
    if not tagged or request.method != "GET" or response.status_code != 200 or response.streaming:
        return response
    response.setdefault("ETag", f'"{hashlib.sha256(response.content).hexdigest()[:20]}"')
    seen = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    if response["ETag"] in seen or "*" in seen:
        unchanged = HttpResponse(status=304)
        for name in KEPT_BY_304:
            if name in response.headers:
                unchanged[name] = response[name]
        del unchanged["Content-Type"]
        return unchanged
    return response


def _without_body(response: HttpResponse) -> HttpResponse:
    """As GET would have answered; HEAD wants to know no more."""
    if response.status_code != 304:
        response["Content-Length"] = str(len(response.content))
    response.content = b""
    return response
