"""Pages and answers that belong to no application: health, errors, help."""

import json
import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as AnyDatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from bexportal import health, standing, status
from bexportal.metrics import page
from bexportal.middleware import client_address
from bexportal.problems import of_status

log = logging.getLogger("bexportal")
LARGEST_REPORT = 20_000


@login_not_required
@never_cache
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """503 with what is wrong, in words, unless everything is there that work needs."""
    found = health.problems()
    ready = not any(found.values())
    checks = {name: problem or "ok" for name, problem in found.items()}
    return JsonResponse({"status": "ready" if ready else "not ready", "checks": checks}, status=200 if ready else 503)


@login_not_required
@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, who shows METRICS_TOKEN; without such a setting nobody learns that it is there."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not page.is_opened_by(request.headers.get("Authorization", "")):
        log.warning("somebody asked for /metrics without its token, from %s", client_address(request))
        return _plain("Show METRICS_TOKEN as a bearer token.", 401, **{"WWW-Authenticate": 'Bearer realm="metrics"'})
    try:
        body, content_type = page.written(request.headers.get("Accept", ""))
    except AnyDatabaseError as error:
        log.error("nothing can be measured: the database said %s", type(error).__name__)
        return _plain("The database does not answer.", 503)
    return HttpResponse(body, content_type=content_type)


def _plain(text: str, status: int, **headers: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


@login_not_required
@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Browsers tell here what the policy stopped. Only the directive and the path are kept."""
    try:
        report = json.loads(request.read(LARGEST_REPORT) or b"{}").get("csp-report", {})
        directive = str(report.get("violated-directive", "?"))[:60]
        blocked = str(report.get("blocked-uri", "?"))[:60].split("?")[0]
    except (ValueError, AttributeError):
        return HttpResponse(status=400)
    log.warning("content security policy: %r stopped %r", directive, blocked)
    return HttpResponse(status=204)


@never_cache
@require_GET
def status_page(request: HttpRequest) -> HttpResponse:
    """For superusers; nobody else learns that it is there. The page asks for its middle again by itself."""
    if not getattr(request.user, "is_superuser", False):
        raise Http404
    now, problems = timezone.now(), health.problems()
    endpoints = status.endpoints(now)
    shown = {
        "now": now,
        "standings": standing.standings(now, endpoints, problems),
        "endpoints": endpoints,
        "last_calls": status.last_calls(),
        "waiting": status.waiting(now),
        "parts": status.parts(now, problems),
    }
    return render(request, "_status.html" if request.headers.get("HX-Request") else "status.html", shown)


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "help.html")


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(request, "403_csrf.html", 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, "403.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(request, "500.html", 500)


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many wrong passwords for this name from this address."""
    wait: timedelta = settings.AXES_COOLOFF_TIME
    response = _error(request, "429.html", 429, retry_after=f"{wait // timedelta(minutes=1)} minutes")
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response


def _error(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    if request.path.startswith("/api/"):
        return of_status(status).response()
    context["request_id"] = getattr(request, "request_id", "")
    return render(request, template, context, status=status)
