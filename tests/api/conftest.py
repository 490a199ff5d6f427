"""Keys of the cast, and a client that speaks the API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import api_keys
from accounts.models import Scope, ShippingAccount, User
from bexportal.examples import QUOTE, WAYBILL
from tests.courier import ScriptedBex, answer, option
from tests.making import coming_monday

ALL = [scope.value for scope in Scope]


class Api:
    """Calls with one key. `call` returns the response; bodies are sent as JSON."""

    def __init__(self, key: str) -> None:
        self.key, self.client = key, Client()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        said = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = "" if body is None else json.dumps(body)
        return self.client.generic(method, f"/api/v1{path}", data, "application/json", headers=said)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def book(self, body: Any, key: str = "order-1", **headers: str) -> Any:
        return self.call("POST", "/waybills", body, Idempotency_Key=key, **headers)


@pytest.fixture
def api_for() -> Callable[..., Api]:
    def make(user: User, scopes: list[str] = ALL, **more: Any) -> Api:
        return Api(api_keys.create(user, name="ERP", scopes=scopes, by=user, **more)[1])

    return make


@pytest.fixture
def api(api_for: Callable[..., Api], booker: User) -> Api:
    return api_for(booker)


@pytest.fixture
def quote_body(account: ShippingAccount) -> dict[str, Any]:
    return {**QUOTE, "dispatch_date": coming_monday().isoformat()}


@pytest.fixture
def body(account: ShippingAccount, bex: ScriptedBex) -> dict[str, Any]:
    """A shipment that BEX prices and books."""
    bex.on("quote", answer({"items": [option()]}))
    return {**WAYBILL, "collection_date": coming_monday().isoformat()}
