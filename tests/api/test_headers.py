"""What the headers of a request mean: versions, keys, tags."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from shipments.models import IdempotencyKey, Waybill
from tests.api.conftest import Api
from tests.courier import ScriptedBex, booked, refusal

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def kind(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition("#")[2]


@pytest.fixture
def refused(api: Api, body: dict[str, Any], bex: ScriptedBex) -> Any:
    """A waybill that BEX refused once, as it is read: it would take the correction."""
    bex.on("submit", refusal("Receiver street is invalid."), booked("ACP00000077"))
    told = api.book(body).json()
    return api.get(told["waybill"].removeprefix("/api/v1"))


def correct(api: Api, refused: Any, body: dict[str, Any], if_match: str) -> Any:
    return api.call("PUT", f"/waybills/{refused.json()['id']}", {**body, "instructions": "Gate"}, If_Match=if_match)


@pytest.mark.parametrize("form", ["{0}", '"{0}"', "{1}", '"99", {1}', '{1},"99"', '"99-x", "{0}" ,W/"98"'])
def test_a_correction_takes_the_version_and_a_list_that_holds_it(
    api: Api, body: dict[str, Any], refused: Any, form: str
) -> None:
    response = correct(api, refused, body, form.format(refused.json()["version"], refused["ETag"]))
    assert response.status_code == 201, response.content


@pytest.mark.parametrize("said", ['"99"', '"99", "98"', '"abc"', '"99", "abc"', '"9999999999"'])
def test_a_list_without_the_present_version_is_412(api: Api, body: dict[str, Any], refused: Any, said: str) -> None:
    assert kind(correct(api, refused, body, said)) == (412, "version-moved")


@pytest.mark.parametrize("said", ["*", ' *, "99"', "", " , "])
def test_a_star_names_no_version_and_is_told_so(api: Api, body: dict[str, Any], refused: Any, said: str) -> None:
    response = correct(api, refused, body, said)
    assert kind(response) == (428, "version-required")
    assert "version" in response.json()["detail"]
    assert Waybill.objects.get().version == refused.json()["version"]


@pytest.mark.parametrize("key", ["one, two", "one,two", ",", "one,"])
def test_two_idempotency_keys_are_refused(api: Api, body: dict[str, Any], bex: ScriptedBex, key: str) -> None:
    """A server hands two headers on as one text with a comma."""
    response = api.book(body, key=key)
    assert (kind(response), response["Content-Type"]) == ((400, "malformed"), PROBLEM)
    assert "Idempotency-Key" in response.json()["detail"]
    assert (Waybill.objects.count(), IdempotencyKey.objects.count(), bex.requests) == (0, 0, [])


def test_the_readable_page_has_no_tag_that_never_matches(as_booker: Client, booker: User) -> None:
    for client in (Client(), as_booker):
        page = client.get("/api/v1/docs")
        assert page.status_code == 200
        assert "ETag" not in page.headers
    described = Client().get("/api/v1/openapi.json")
    again = Client().get("/api/v1/openapi.json", headers={"If-None-Match": described["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_read_twice_unchanged_is_304(api: Api, body: dict[str, Any]) -> None:
    path = api.book(body).json()["links"]["self"].removeprefix("/api/v1")
    for address in (path, "/waybills", "/accounts"):
        assert api.get(address, If_None_Match=api.get(address)["ETag"]).status_code == 304
