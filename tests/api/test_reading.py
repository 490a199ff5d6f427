"""Reading over the API: pages that nothing new moves, changes since a moment, conditional reads, another's as a 404."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Identity, Role, ShippingAccount, User
from shipments import places
from shipments.history import history
from shipments.models import Printing, Waybill
from tests.api.conftest import Api
from tests.cast import grant
from tests.courier import ScriptedBex, refusal
from tests.making import make_waybill
from tests.waybills.papers import pdf_answer
from tracking.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(account: ShippingAccount, booker: User) -> list[Waybill]:
    made = [make_waybill(account, booker) for _ in range(5)]
    for number, waybill in enumerate(made):
        at = timezone.now() - timedelta(hours=5 - number)
        Waybill.objects.filter(pk=waybill.pk).update(
            created_at=at, updated_at=at, booking_state="booked", waybill_number=f"ACP{number}"
        )
    return made


def numbers(page: dict[str, Any]) -> list[str]:
    return [one["waybill_number"] for one in page["items"]]


def test_pages_go_from_the_newest_and_new_ones_move_nothing(
    api: Api, five: list[Waybill], account: ShippingAccount, booker: User
) -> None:
    first = api.get("/waybills?limit=2").json()
    assert numbers(first) == ["ACP4", "ACP3"]
    make_waybill(account, booker)
    second = api.get(first["next"].removeprefix("/api/v1")).json()
    assert numbers(second) == ["ACP2", "ACP1"]
    last = api.get(second["next"].removeprefix("/api/v1")).json()
    assert (numbers(last), last["next"]) == (["ACP0"], None)


def test_changes_since_a_moment_come_oldest_first_and_page_on(api: Api, five: list[Waybill]) -> None:
    Waybill.objects.filter(waybill_number="ACP1").update(updated_at=timezone.now())
    since = (timezone.now() - timedelta(hours=2, minutes=30)).isoformat()
    page = api.client.get(
        "/api/v1/waybills", {"updated_since": since, "limit": "2"}, headers={"Authorization": f"Bearer {api.key}"}
    ).json()
    assert numbers(page) == ["ACP3", "ACP4"]
    assert numbers(api.get(page["next"].removeprefix("/api/v1")).json()) == ["ACP1"]


@pytest.mark.parametrize(("query", "found"), [
    ("q=ACP3", ["ACP3"]), ("state=booked&limit=1", ["ACP4"]), ("state=draft", []), ("account=999", []),
    ("service=ONC&limit=1", ["ACP4"]),
])  # fmt: skip
def test_filters_are_those_of_the_page(api: Api, five: list[Waybill], query: str, found: list[str]) -> None:
    for waybill in Waybill.objects.all():
        Waybill.objects.filter(pk=waybill.pk).update(search=waybill.waybill_number.lower())
    assert numbers(api.get(f"/waybills?{query}").json()) == found


@pytest.mark.parametrize("query", [
    "state=nonsense", "since=soon", "limit=0", "limit=101", "cursor=xyz", "cursor=%FF",
    "updated_since=2026-01-01T00:00",
    "since=2026-02-02&until=2026-01-01", "q=%00",
])  # fmt: skip
def test_a_filter_that_cannot_be_meant_is_said(api: Api, query: str) -> None:
    response = api.get(f"/waybills?{query}")
    name = query.split("=", maxsplit=1)[0] if "until" not in query else "until"
    assert response.status_code == 422, response.content
    assert response.json()["errors"][0]["pointer"] == f"/{name}"


def test_an_unchanged_waybill_is_304_and_a_changed_one_is_not(api: Api, five: list[Waybill]) -> None:
    path = f"/waybills/{five[0].pk}"
    first = api.get(path)
    assert first["ETag"].startswith(f'"{five[0].version}-')
    assert api.get(path, If_None_Match=first["ETag"]).status_code == 304
    assert api.get("/waybills", If_None_Match=api.get("/waybills")["ETag"]).status_code == 304
    Waybill.objects.filter(pk=five[0].pk).update(transit_state="delivered")
    assert api.get(path, If_None_Match=first["ETag"]).status_code == 200


def test_the_number_of_queries_does_not_grow_with_rows(
    api: Api, five: list[Waybill], django_assert_max_num_queries: Any
) -> None:
    for limit in (1, 5):
        with django_assert_max_num_queries(14):
            assert len(api.get(f"/waybills?limit={limit}").json()["items"]) == limit


def test_events_are_bexs_words_newest_first(api: Api, five: list[Waybill]) -> None:
    now = timezone.now()
    for place, text in enumerate(("Shipment handed to courier", "Arrived into PRY depot")):
        Event.objects.create(
            waybill=five[0], fingerprint=text, kind="at_depot", description=text, sources=["poll"],
            occurred_at=now + timedelta(minutes=place), recorded_at=now + timedelta(minutes=place), position=place,
        )  # fmt: skip
    events = api.get(f"/waybills/{five[0].pk}/events").json()
    assert [event["description"] for event in events] == ["Arrived into PRY depot", "Shipment handed to courier"]
    assert events[0]["sources"] == ["poll"]


def test_documents_are_pdfs_or_problems_in_bexs_words(
    api: Api, five: list[Waybill], bex: ScriptedBex, booker: User
) -> None:
    bex.on("labels", pdf_answer())
    label = api.get(f"/waybills/{five[0].pk}/label.pdf")
    assert (label.status_code, label["Content-Type"]) == (200, "application/pdf")
    [noted] = Printing.objects.all()
    assert noted.key is not None
    assert (noted.waybill, noted.kind, noted.by, noted.key.name) == (five[0], "labels", booker, "ERP")
    latest = history(five[0], with_prices=False)[0]
    assert latest.text == f"The API key ERP ({noted.key.prefix}…) of Thandi Mokoena took the labels"
    bex.on("ewaybill", refusal("Waybill is not printed yet."))
    refused = api.get(f"/waybills/{five[0].pk}/ewaybill.pdf")
    assert (refused.status_code, refused.json()["bex_message"]) == (409, "Waybill is not printed yet.")


def test_a_document_that_needs_an_admin_says_so(api: Api, five: list[Waybill], bex: ScriptedBex) -> None:
    Identity.objects.update(documents_refused_at=timezone.now(), documents_refusal_shown=True)
    bex.on("labels", refusal("No."))
    problem = api.get(f"/waybills/{five[0].pk}/label.pdf").json()
    assert problem["bex_message"] == "No."
    assert "An admin logs Rooibok main in at BEX again" in problem["detail"]


def test_the_ewaybill_shows_prices_so_it_needs_that_right(
    api_for: Callable[..., Api], priceless_booker: User, five: list[Waybill]
) -> None:
    assert api_for(priceless_booker).get(f"/waybills/{five[0].pk}/ewaybill.pdf").status_code == 404


def test_anothers_object_is_a_404_like_what_does_not_exist(
    api_for: Callable[..., Api], stranger: User, five: list[Waybill]
) -> None:
    api = api_for(stranger)
    other = [api.get(f"/waybills/{five[0].pk}{end}") for end in ("", "/events", "/label.pdf", "/ewaybill.pdf")]
    nothing = api.get("/waybills/00000000-0000-4000-8000-000000000007")
    for answer in (*other, nothing):
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert api.get("/waybills").json()["items"] == []


def test_accounts_say_what_the_key_may(api: Api, booker: User, coast: ShippingAccount) -> None:
    grant(booker, coast, Role.VIEWER)
    head, sea = api.get("/accounts").json()
    assert (head["number"], head["rights"]) == ("316085", ["view", "prices", "book"])
    assert (sea["number"], sea["rights"]) == ("318840", ["view", "prices"])


def test_places_are_completed(api: Api) -> None:
    places.import_file(places.POST_OFFICE)
    assert api.get("/places?q=stellenb%207600").json()[0]["post_code"] == "7600"
    assert api.get("/places").status_code == 422


@pytest.mark.parametrize("path", ["/waybills", "/accounts", "/places?q=a", "/nowhere"])
def test_without_a_key_nothing_is_told(path: str) -> None:
    answer = Api("").get(path)
    if path == "/nowhere":
        assert answer.status_code == 404
    else:
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="bexportal"')
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_is_no_key(as_booker: Client) -> None:
    assert as_booker.get("/api/v1/waybills").status_code == 401


def test_what_is_not_done_here_says_what_is(api: Api) -> None:
    answer = api.call("DELETE", "/waybills")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert "GET" in answer["Allow"]
