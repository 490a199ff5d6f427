"""Every address of the portal, walked as somebody who is not signed in."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = {
    "healthz",
    "readyz",
    "metrics",
    "csp-report",
    "login",
    "logout",
    "api-description",
    "api-docs",
    "webhook-receiver",
}
"""Names that answer without a sign-in. `logout` ends a session that is not there; it shows nothing."""
API = "/api/v1/"
pytestmark = pytest.mark.django_db


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif not str(pattern.pattern).startswith("^"):
            yield pattern.name or "", _filled(route)


def _filled(route: str) -> str:
    parts = []
    for part in route.split("<"):
        if ">" in part:
            converter, _, rest = part.partition(">")
            kind = converter.split(":")[0]
            value = str(uuid.UUID(int=7)) if kind == "uuid" else "1"
            parts.append(value + rest)
        else:
            parts.append(part)
    return "/" + "".join(parts)


WALKED = list(addresses(get_resolver().url_patterns))


def test_the_walk_finds_the_pages() -> None:
    assert {"home", "quote-new", "waybill-book", "waybills-csv", "waybill-refresh"} <= {name for name, _ in WALKED}


@pytest.mark.parametrize(("name", "address"), WALKED, ids=[f"{name} {address}"[:60] for name, address in WALKED])
def test_without_a_sign_in_nothing_is_shown(client: Client, name: str, address: str) -> None:
    for answer in (client.get(address), client.post(address)):
        if address.startswith(API) and name not in PUBLIC:
            assert answer.status_code in {401, 404, 405, 415}
            assert answer.headers["Content-Type"] == "application/problem+json"
        elif name in PUBLIC or name.startswith("password_reset"):
            assert answer.status_code < 500 or name == "readyz"
        else:
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith(("/sign-in/?next=", "/admin/login/?next="))
