"""Readiness looks at the sweep once there was one; the address of a visitor is what the last trusted proxy says."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from bexportal import health, middleware
from bexportal.models import Heartbeat


@pytest.mark.parametrize(("minutes", "said"), [(None, ""), (1, ""), (16, "no sweep has asked BEX for 16 min")])
@pytest.mark.django_db
def test_a_sweep_that_stopped_is_said(minutes: int | None, said: str) -> None:
    if minutes is not None:
        Heartbeat.objects.create(name="sweep", at=timezone.now() - timedelta(minutes=minutes))
    found = health.problems()["sweep"]
    assert found.startswith(said) if said else found == ""


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("203.0.113.5", "198.51.100.7", "203.0.113.5"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.5", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.5", "198.51.100.7, 10.0.0.6", "198.51.100.7"),
        ("10.0.0.5", "198.51.100.7, nonsense", "10.0.0.5"),
        ("10.0.0.5", "2001:db8::1", "2001:db8::1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_the_address_is_the_last_one_that_is_no_proxy_of_ours(
    settings: Any, remote: str, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert middleware.client_address(request) == address


@pytest.mark.parametrize(("proxies", "believed"), [(["127.0.0.1"], True), ([], False), (["10.0.0.5"], False)])
def test_that_somebody_came_by_https_is_a_trusted_proxys_to_say(
    settings: Any, proxies: list[str], *, believed: bool
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = proxies
    answer = Client().get("/sign-in/", headers={"X-Forwarded-Proto": "https"})
    assert (answer.status_code == 200) is believed
    assert Client().get("/healthz").status_code == 200


def test_browsers_are_told_to_stay_with_https_where_it_is_spoken(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 60
    assert "Strict-Transport-Security" not in Client().get("/healthz").headers
    assert "Strict-Transport-Security" in Client().get("/healthz", secure=True).headers
