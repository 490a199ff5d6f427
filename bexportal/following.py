"""How an open page follows: conditional requests, answered before anything is rendered where nothing has changed.

The page asks with `If-None-Match` and the version that it was served with. 304: that version holds, or (with another
`ETag`) nothing that it shows has changed. 401: the session has ended; nothing is redirected, so that no sign-in page
lands in a page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_GET

EVERY_SECONDS = 14
"""How often an open page asks: a change is shown within 15 seconds."""
View = Callable[..., HttpResponse]


def follows(view: View) -> View:
    """A view that an open page asks by itself."""

    @require_GET
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    asked.is_followed = True  # type: ignore[attr-defined]
    return asked


def seen(request: HttpRequest) -> str:
    """The version that the page has; '' where it says none."""
    return request.headers.get("If-None-Match", "").strip().removeprefix("W/").strip('"')


def as_etag(version: str) -> str:
    """Weak: the same words, not the same bytes."""
    return f'W/"{version}"'


def every(response: HttpResponse, seconds: int) -> HttpResponse:
    """Says how often the page asks from now on."""
    response["X-Follow-Every"] = str(seconds or EVERY_SECONDS)
    return response


def unchanged(version: str) -> HttpResponse:
    return with_version(HttpResponseNotModified(), version)


def with_version(response: HttpResponse, version: str) -> HttpResponse:
    response["ETag"] = as_etag(version)
    return response
