"""When something goes wrong the page says so, names the request, and shows nothing else; guards hold on it too."""

import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from bexportal import urls as portal

SECRET_WORDS = "what-only-the-code-knows"
handler400, handler403, handler404, handler500 = (
    portal.handler400, portal.handler403, portal.handler404, portal.handler500,
)  # fmt: skip


def fails(request: HttpRequest, how: str) -> HttpResponse:
    raise {
        "400": SuspiciousOperation(SECRET_WORDS),
        "403": PermissionDenied(),
        "404": Http404(SECRET_WORDS),
        "500": RuntimeError(SECRET_WORDS),
    }[how]


urlpatterns = [path("fails/<how>/", fails), path("", include("bexportal.urls"))]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
@pytest.mark.urls("tests.platform.test_error_answers")
def test_an_error_is_a_page_that_names_the_request(as_booker: Client, status: int) -> None:
    as_booker.raise_request_exception = False
    answer = as_booker.get(f"/fails/{status}/")
    page = answer.content.decode()
    assert answer.status_code == status
    assert answer.headers["X-Request-ID"] in page
    assert SECRET_WORDS not in page
    assert "Traceback" not in page
    assert "<h1>" in page
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_form_that_was_not_the_portals_is_refused_with_a_page(admin: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in/", {"username": "nomsa", "password": "x"})
    assert answer.status_code == 403
    assert answer.headers["X-Request-ID"] in answer.content.decode()


@pytest.mark.parametrize("address", ["/", "/healthz", "/sign-in/", "/admin/", "/nowhere/"])
def test_every_answer_is_guarded(as_booker: Client, address: str) -> None:
    headers = as_booker.get(address).headers
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'self'", "form-action 'self'"):
        assert part in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"csp-report": {"violated-directive": "img-src", "blocked-uri": "https://x.example/?key=private"}}', 204),
        (b"not json", 400),
        (b"[1]", 400),
        (b'{"csp-report": 5}', 400),
        (b"{" * 50_000, 400),
        (b"", 204),
    ],
)
def test_reports_of_the_policy_are_noted_without_what_was_in_the_address(
    body: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = Client().post("/csp-report", body, content_type="application/csp-report")
    assert answer.status_code == status
    assert "private" not in caplog.text


def test_help_is_there_for_whoever_is_signed_in(as_booker: Client) -> None:
    assert as_booker.get("/help/").status_code == 200
