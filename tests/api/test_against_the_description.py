"""The whole description against a running portal: no 5xx, no answer that contradicts it, no way past access."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from accounts import api_keys
from accounts.identities import log_in
from accounts.models import Address, ShippingAccount, User
from bexportal.api import api
from bexportal.describing import described
from tests.api.conftest import ALL
from tests.courier import Courier
from tests.making import SENDER, make_waybill
from tracking.models import Subscription

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, ignored_auth, missing_required_header, unsupported_method,
]  # fmt: skip


@pytest.fixture
def portal(live_server: Any, courier: Courier, settings: Any) -> dict[str, str]:
    """A running portal at the sandbox, with a key, and a waybill and a quote whose ids may be asked for."""
    settings.BEX_API_URL = courier.url
    settings.API_CALLS_PER_MINUTE = 100_000
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    account = ShippingAccount.objects.create(
        number="316085", name="Head office", identity=identity, default_sender=Address.objects.create(**SENDER)
    )
    waybill = make_waybill(account, admin)
    subscription = Subscription.prepared(description="All of it")
    subscription.save()
    quote = waybill.quote_option.quote if waybill.quote_option else None
    return {
        "url": live_server.url,
        "key": api_keys.create(admin, name="ERP", scopes=ALL, by=admin)[1],
        "waybills": str(waybill.pk),
        "quotes": str(quote.pk) if quote else "",
        "webhooks": str(subscription.pk),
    }


OPERATIONS = [f"{method.upper()} {path}" for path, methods in described(api, "")["paths"].items() for method in methods]


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_answer_contradicts_the_description(label: str, portal: dict[str, str]) -> None:
    description = schemathesis.openapi.from_url(f"{portal['url']}/api/v1/openapi.json")
    found = [one.ok() for one in description.get_all_operations() if isinstance(one, Ok)]
    [operation] = [one for one in found if one.label == label]
    headers = {"Authorization": f"Bearer {portal['key']}"}
    known = portal[next((one for one in ("quotes", "webhooks") if f"/{one}" in label), "waybills")]

    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(), about_a_known_one=booleans())
    def speak(case: Case[Any], about_a_known_one: bool) -> None:
        if about_a_known_one and "id" in case.path_parameters:
            case.path_parameters["id"] = known
        case.call_and_validate(base_url=portal["url"], headers=headers, checks=CHECKS, timeout=60)

    speak()
