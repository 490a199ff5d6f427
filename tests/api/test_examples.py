"""Every documented example: each request is sent as it stands, each answer is of the form that the description says."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jsonschema_rs
import pytest
from django.utils import timezone

from accounts.models import Address, ShippingAccount, User
from bexapi import MaybeSent
from bexportal import examples
from bexportal.api import api as portal_api
from bexportal.describing import described
from bexportal.problems import KINDS, MEDIA_TYPE
from shipments.models import Place, Quote, Submission, Waybill
from tests.api.conftest import Api
from tests.courier import ScriptedBex, answer, booked, option, refusal
from tests.making import SENDER, make_option, make_quote, make_waybill
from tests.waybills.papers import pdf_answer
from tracking.models import Subscription

pytestmark = pytest.mark.django_db
Operation = dict[str, Any]
JSON = "application/json"
SUCCEEDS = {"createQuote": 201, "createWaybill": 201, "correctWaybill": 201, "resolveWaybill": 200}


@cache
def description() -> dict[str, Any]:
    return described(portal_api, "http://portal.example")


def operations() -> Iterator[tuple[str, str, Operation]]:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def documented(part: dict[str, Any], media_type: str = JSON) -> dict[str, Any]:
    shown = part.get("content", {}).get(media_type, {}).get("examples", {})
    return {name: one["value"] for name, one in shown.items()}


REQUESTS = [
    (operation["operationId"], name)
    for _, _, operation in operations()
    for name in documented(operation.get("requestBody", {}))
]
PARAMETERS = [
    (operation["operationId"], parameter["name"])
    for _, method, operation in operations()
    for parameter in operation["parameters"]
    if method == "GET"
]


def found(name: str) -> tuple[str, str, Operation]:
    return next(one for one in operations() if one[2]["operationId"] == name)


def is_valid(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": description()["components"]}
    jsonschema_rs.validator_for(whole, validate_formats=True).validate(value)


def shape(value: Any) -> Any:
    """The names of an answer, as deep as it goes."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


@pytest.fixture
def house(account: ShippingAccount, booker: User, bex: ScriptedBex) -> ShippingAccount:
    """What the examples speak of: an account with a sender, a waybill and a quote with an option by those ids."""
    account.default_sender = Address.objects.create(**SENDER)
    account.save()
    bex.on("quote", answer({"items": [option()]}))
    bex.on("labels", pdf_answer())
    bex.on("ewaybill", pdf_answer())
    quote = make_quote(account, booker, id=examples.QUOTE_ID)
    quote.lines.all().delete()
    make_option(quote, id=examples.OPTION_ID)
    Quote.objects.filter(pk=quote.pk).update(dispatch_date=examples.coming_day())
    make_waybill(account, booker, id=examples.WAYBILL_ID)
    Place.objects.create(suburb="Stellenbosch", area="Stellenbosch", post_code="7600", search="stellenbosch 7600")
    Waybill.objects.update(booking_state="booked", waybill_number="ACP00000144", search="stellenbosch")
    Subscription.prepared(id=examples.WEBHOOK_ID, description="All of it").save()
    return account


@pytest.fixture
def sent(api: Api, house: ShippingAccount, bex: ScriptedBex) -> Any:
    """Sends an example of an operation, in the state of things that it is about."""
    first = examples.requests(examples.coming_day())["createWaybill"]["by-service-code"]

    def about(name: str) -> str:
        """The id of the waybill, whose version is the one that the example of If-Match names."""
        pk = examples.WAYBILL_ID
        if name != "createQuote":
            Waybill.objects.all().delete()
        if name == "correctWaybill":
            bex.on("submit", refusal("Receiver street is invalid."), booked("ACP00000144"))
            pk = api.book(first).json()["waybill"].rpartition("/")[2]
        if name == "resolveWaybill":
            bex.on("submit", MaybeSent("no answer within 30 s"))
            pk = api.book(first).json()["id"]
            Submission.objects.update(lease_until="2020-01-01T00:00Z", lease_until_tick=0)
        Waybill.objects.update(version=7)
        return pk

    def send(name: str, body: Any) -> Any:
        path, method, _ = found(name)
        path = path.removeprefix("/api/v1").replace("{id}", about(name))
        values = examples.parameters(examples.coming_day())
        return api.call(method, path, body, **{name: values[name] for name in ("Idempotency-Key", "If-Match")})

    return send


@pytest.mark.parametrize(("name", "title"), REQUESTS)
def test_a_request_is_sent_as_it_stands_and_answered_as_its_example_says(sent: Any, name: str, title: str) -> None:
    _, _, operation = found(name)
    response = sent(name, documented(operation["requestBody"])[title])
    told = response.json()
    assert response.status_code == SUCCEEDS[name], told
    answered = operation["responses"][str(response.status_code)]
    is_valid(answered["content"][JSON]["schema"], told)
    [shown] = documented(answered).values()
    assert shape({**told, "links": None}) == shape({**shown, "links": None})
    assert set(told["links"]) == set(shown["links"])
    needed = {header for header, about in answered["headers"].items() if about.get("required")}
    assert needed <= set(response.headers)


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_a_parameter_is_sent_as_it_stands(
    api: Api, api_for: Callable[..., Api], admin: User, house: ShippingAccount, name: str, parameter: str
) -> None:
    path, method, operation = found(name)
    api = api_for(admin) if "/webhooks" in path else api
    values = {one["name"]: one["example"] for one in operation["parameters"]}
    needed = {one["name"] for one in operation["parameters"] if one["in"] == "query" and one["required"]}
    where = next(one["in"] for one in operation["parameters"] if one["name"] == parameter)
    query = {one: values[one] for one in needed | ({parameter} if where == "query" else set())}
    headers = {parameter: values[parameter]} if where == "header" else {}
    path = path.removeprefix("/api/v1").replace("{id}", str(values.get("id")))
    response = api.call(method, f"{path}?{urlencode(query)}" if query else path, **headers)
    assert response.status_code == 200, response.content
    answered = operation["responses"]["200"]
    if JSON in answered["content"]:
        is_valid(answered["content"][JSON]["schema"], response.json())
    if parameter in {"account", "state", "service", "q"}:
        assert response.json()


def test_every_answer_has_an_example_of_its_form() -> None:
    for _, _, operation in operations():
        for status, answered in operation["responses"].items():
            content = answered.get("content", {})
            if JSON in content:
                assert documented(answered), (operation["operationId"], status)
                for value in documented(answered).values():
                    is_valid(content[JSON]["schema"], value)


def test_every_kind_of_problem_of_every_call_has_an_example() -> None:
    for _, _, operation in operations():
        for status, answered in operation["responses"].items():
            for kind, value in documented(answered, MEDIA_TYPE).items():
                is_valid(answered["content"][MEDIA_TYPE]["schema"], value)
                assert (KINDS[kind][0], value["status"]) == (int(status), int(status))
                assert f"`{kind}`" in answered["description"]
    assert set(examples.SAID) == set(KINDS)


def test_the_examples_stay_true_as_time_goes_by() -> None:
    today = timezone.localdate()
    assert today < examples.coming_day() <= today + timedelta(days=7)
    assert "2026-11-27" not in str(examples.requests(examples.coming_day()))
