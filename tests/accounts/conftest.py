"""Signing in with a real password, and BEX's answers to a log-in."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from bexapi import WireRequest, WireResponse
from tests.courier import ScriptedBex, answer

PASSWORD = "planted-password-Xy7!"
MAIN = "planted-main-token-44d1"
ALTERNATE = "planted-second-token-9e02"


def logged_in(*, strong: bool = True, verified: bool = True) -> Callable[[WireRequest], WireResponse]:
    """A reply function: the alternate token where it is asked for."""

    def reply(request: WireRequest) -> WireResponse:
        return answer(
            {
                "id": 4711,
                "value": ALTERNATE if json.loads(request.body).get("preferAlternateToken") else MAIN,
                "isStrongPassword": str(strong),
                "isEmailVerified": str(verified),
                "email": "head@rooibok.example",
            }
        )

    return reply


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    return client


@pytest.fixture
def bex_logs_in(bex: ScriptedBex) -> ScriptedBex:
    bex.on("login", logged_in())
    return bex
