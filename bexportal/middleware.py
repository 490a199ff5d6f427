"""What surrounds every request."""

import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bexportal.logs import begin_request, end_request
from bexportal.problems import of_status

log = logging.getLogger("bexportal.requests")
View = Callable[[HttpRequest], HttpResponse]
WELL_FORMED = re.compile(r"^[A-Za-z0-9-]{8,64}$")
ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics", "/static/")


class RequestIdMiddleware:
    """Gives each request an id (a trusted proxy's is kept), answers with it and logs one line."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trusted = from_trusted_proxy(request)
        given = request.headers.get("X-Request-ID", "") if trusted else ""
        if not trusted:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)  # anybody could say that he came by https
        request_id = given if WELL_FORMED.match(given) else secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        begin_request(request_id)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response.setdefault("X-Request-ID", request_id)
            if not request.path.startswith(ALWAYS_OPEN):
                took = time.monotonic() - started
                # What an open page asks in vain, several times a minute, would hide all the rest.
                level = logging.DEBUG if response.status_code == HTTPStatus.NOT_MODIFIED else logging.INFO
                log.log(level, "%s %s: %s in %.3f s", request.method, _told(request), response.status_code, took)
            return response
        finally:
            end_request()


def _told(request: HttpRequest) -> str:
    """The path without its query, which may hold what somebody searched for, and without the key of a mailed link."""
    match = request.resolver_match
    return f"/{match.route}" if match and "token" in match.kwargs else request.path


class MaintenanceMiddleware:
    """While the file `maintenance` stands in the var directory, people get a page that says so."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(ALWAYS_OPEN) or not maintenance_flag().exists():
            return self.get_response(request)
        if request.path.startswith("/api/"):
            response: HttpResponse = of_status(503, "Try again in a minute; nothing was stored.").response()
        else:
            response = render(request, "maintenance.html", status=503)
        response["Retry-After"] = "60"
        return response


def maintenance_flag() -> Path:
    return Path(settings.VAR_DIR) / "maintenance"


def from_trusted_proxy(request: HttpRequest) -> bool:
    return _is_trusted(request.META.get("REMOTE_ADDR", ""))


def _is_trusted(address: str) -> bool:
    ip = _parsed(address)
    return ip is not None and any(
        ip in ipaddress.ip_network(network, strict=False) for network in settings.TRUSTED_PROXIES
    )


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def client_address(request: HttpRequest) -> str:
    """Who asked: the last address in X-Forwarded-For that is no trusted proxy of ours."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if not _is_trusted(address):
        return address
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if _parsed(hop.strip()) is None:
            break  # a word that is no address says nothing; the proxy that passed it on is known
        address = hop.strip()
        if not _is_trusted(address):
            break
    return address


class PermissionsPolicyMiddleware:
    """The portal asks a browser for no camera, place or payment, and lets no script that got in ask either."""

    POLICY = ", ".join(f"{name}=()" for name in ("camera", "geolocation", "microphone", "payment", "usb"))

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = self.POLICY
        return response


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, but that it asks for no session where no sign-in is wanted: a receiver of webhooks needs none."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        if not getattr(view_func, "login_required", True):
            return None
        signed_out = not request.user.is_authenticated and request.headers.get("HX-Request")
        if signed_out and getattr(view_func, "is_followed", False):
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)  # an open page asks: no sign-in page lands in it
        return super().process_view(request, view_func, view_args, view_kwargs)
