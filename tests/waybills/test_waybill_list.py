"""The list of waybills: filters, pages, states, prices."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import ShippingAccount, User
from shipments import listing
from shipments.filtering import BOOKED_TWICE, REWEIGHED_DEARER, SHOWN_STATES
from shipments.models import Price, Waybill
from shipments.models.waybills import BookingState, HoldReason
from tests.waybills.papers import Make, signed_in

pytestmark = pytest.mark.django_db
LIST = reverse("waybills")
SAST = ZoneInfo("Africa/Johannesburg")


def shown(response: Any) -> list[str]:
    """What the rows are called, from the top."""
    return re.findall(r'aria-label="Select (?!all)([^"]+)"', response.content.decode())


def table(response: Any) -> str:
    page: str = response.content.decode()
    return page.split("<tbody", 1)[1].split("</tbody>", 1)[0]


def test_newest_first_and_only_what_one_may_see(make: Make, coast: ShippingAccount, as_booker: Client) -> None:
    make("ACP1"), make("ACP2"), make("COAST1", account=coast)
    assert shown(as_booker.get(LIST)) == ["ACP2", "ACP1"]


def test_a_row_says_what_it_is(make: Make, as_booker: Client) -> None:
    make("ACP1", senders_ref="SO-88214", transit_state="at_depot", promised_by=timezone.now() + timedelta(days=1))
    row = table(as_booker.get(LIST))
    for text in (
        "ACP1",
        "SO-88214",
        "O&#x27;Brien &amp; Söhne #5 + 3%",
        "Stellenbosch 7600",
        "ONC",
        "4.50",
        "At depot",
        "230.00",
    ):
        assert text in row, text


def test_a_price_that_was_booked_replaces_the_quoted_one(make: Make, as_booker: Client) -> None:
    waybill = make("ACP1")
    Price.objects.create(waybill=waybill, kind="booked", at=timezone.now(), total=Decimal("241.50"), source="attempt")
    assert "241.50" in table(as_booker.get(LIST))
    assert "230.00" not in table(as_booker.get(LIST))


def test_who_may_not_see_prices_has_no_column_for_them(make: Make, priceless_booker: User) -> None:
    make("ACP1")
    page = signed_in(priceless_booker).get(LIST).content.decode()
    assert "230.00" not in page
    assert ">Rand<" not in page


# --- filters ---------------------------------------------------------------------------------------------------------
def test_each_shown_state_finds_what_shows_it_and_nothing_else(make: Make, as_booker: Client) -> None:
    late, due = timezone.now() - timedelta(hours=2), timezone.now() + timedelta(days=1)
    by_state: dict[str, Waybill] = {
        code: make(senders_ref=code, booking_state=code) for code in BookingState.values if code != "booked"
    }
    for place, code in enumerate(
        code for code in SHOWN_STATES if code not in {*BookingState.values, "late", BOOKED_TWICE, REWEIGHED_DEARER}
    ):
        transit = "" if code == "no_event" else code
        by_state[code] = make(f"ACP{place}", senders_ref=code, transit_state=transit, promised_by=due)
    by_state["late"] = make("LATE1", senders_ref="late", transit_state="at_depot", promised_by=late)
    arrived_late = make("THERE1", transit_state="delivered", promised_by=late)
    for code, waybill in by_state.items():
        expected = {str(waybill)} if waybill.waybill_number else {code}
        expected |= {str(arrived_late)} if code == "delivered" else set()
        response = as_booker.get(LIST, {"state": code})
        assert set(shown(response)) == expected, code
        assert SHOWN_STATES[code] in table(response)
    assert len(shown(as_booker.get(LIST, {"state": "booked"}))) == len(by_state) - len(BookingState.values) + 2


def test_a_held_waybill_says_why(make: Make, as_booker: Client) -> None:
    make(booking_state=BookingState.HELD, hold_reason=HoldReason.PRICE_ROSE)
    row = table(as_booker.get(LIST))
    assert "Held</span>" in row
    assert "Dearer than agreed" in row


def test_filters_narrow_down_together(make: Make, coast: ShippingAccount, admin: User) -> None:
    make("ACP1"), make("ACP2", service_code="NCA"), make("ACP3", account=coast), make()
    client = signed_in(admin)
    assert shown(client.get(LIST, {"account": str(coast.pk)})) == ["ACP3"]
    assert shown(client.get(LIST, {"service": "nca", "state": "booked"})) == ["ACP2"]
    assert shown(client.get(LIST, {"account": str(coast.pk), "service": "NCA"})) == []


def test_days_are_south_african_and_both_count(make: Make, as_booker: Client) -> None:
    make("FIRST", created_at=datetime(2026, 3, 2, 0, 0, tzinfo=SAST))
    make("LAST", created_at=datetime(2026, 3, 3, 23, 59, 59, tzinfo=SAST))
    make("BEFORE", created_at=datetime(2026, 3, 1, 23, 59, 59, tzinfo=SAST))
    make("AFTER", created_at=datetime(2026, 3, 4, 0, 0, tzinfo=SAST))
    assert shown(as_booker.get(LIST, {"since": "2026-03-02", "until": "2026-03-03"})) == ["LAST", "FIRST"]


@pytest.mark.parametrize("text", ["sohne", "O’BRIEN", "stellen 0012", "so-77", "anneke", "söhne #5", "RMA"])
def test_text_is_found_folded_and_in_parts(make: Make, as_booker: Client, text: str) -> None:
    make("ACP00123", senders_ref="SO-77/A", references=["rma 4"])
    make("ACP9", to={"company": "Tsitsikamma Vet Clinic", "contact_name": "Sam", "suburb": "Knysna"})
    assert shown(as_booker.get(LIST, {"q": text})) == ["ACP00123"]


def test_a_filter_that_makes_no_sense_is_said_at_its_field_and_the_others_hold(make: Make, as_booker: Client) -> None:
    make("ACP1"), make(senders_ref="SO-1")
    response = as_booker.get(LIST, {"since": "31/31/2026", "state": "booked"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "A date such as 2026-11-27 is wanted." in page
    assert 'value="31/31/2026"' in page
    assert shown(response) == ["ACP1"]


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-03-02", "until": "2026-03-01"}, {"until": "9999-12-31"}, {"since": "0001-01-01"},
        {"account": "nonsense"}, {"state": "lost"}, {"q": "a\0b"}, {"q": "x" * 101},
    ],
)  # fmt: skip
def test_odd_values_are_an_error_in_words(as_booker: Client, query: dict[str, str]) -> None:
    assert as_booker.get(LIST, query).status_code == 422


def test_another_account_is_no_choice(coast: ShippingAccount, as_booker: Client) -> None:
    response = as_booker.get(LIST, {"account": str(coast.pk)})
    assert response.status_code == 422
    assert "Coast" not in response.content.decode()


def test_active_filters_are_chips_that_go_one_by_one(make: Make, as_booker: Client, account: ShippingAccount) -> None:
    make("ACP1")
    day = "2026-03-02"
    page = as_booker.get(
        LIST, {"account": str(account.pk), "state": "booked", "since": day, "q": "acp"}
    ).content.decode()
    chips = re.findall(r'href="([^"]*)"\s+aria-label="Remove filter ([^"]*)"', page)
    assert {words: href for href, words in chips} == {
        "Account: Head office (316085)": f"{LIST}?state=booked&amp;since=2026-03-02&amp;q=acp",
        "State: Booked": f"{LIST}?account={account.pk}&amp;since=2026-03-02&amp;q=acp",
        "From: Mon\N{NO-BREAK SPACE}2\N{NO-BREAK SPACE}Mar": f"{LIST}?account={account.pk}&amp;state=booked&amp;q=acp",
        "Text: acp": f"{LIST}?account={account.pk}&amp;state=booked&amp;since=2026-03-02",
    }


def test_views_count_what_needs_a_person(make: Make, as_booker: Client) -> None:
    make(booking_state=BookingState.UNKNOWN), make(), make()
    page = as_booker.get(LIST).content.decode()
    assert re.search(r"Unknown <b>1</b>", page)
    assert re.search(r"Drafts <b>2</b>", page)


def test_an_empty_list_says_how_one_begins_and_an_empty_answer_how_to_widen_it(make: Make, as_booker: Client) -> None:
    assert "No waybill yet" in as_booker.get(LIST).content.decode()
    make("ACP1")
    page = as_booker.get(LIST, {"q": "nowhere"}).content.decode()
    assert "Nothing matches" in page
    assert "Remove the filter" in page


# --- pages -----------------------------------------------------------------------------------------------------------
def follow(client: Client, response: Any, rel: str) -> Any:
    link = re.search(rf'href="\?([^"]+)" rel="{rel}"', response.content.decode())
    assert link is not None, f"no {rel}"
    return client.get(f"{LIST}?{link[1].replace('&amp;', '&')}")


@pytest.fixture
def pages_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)


@pytest.mark.usefixtures("pages_of_three")
def test_older_and_newer_lead_through_all_of_it_and_back(make: Make, as_booker: Client) -> None:
    for place in range(1, 9):
        make(f"ACP{place}")
    first = as_booker.get(LIST, {"state": "booked"})
    second = follow(as_booker, first, "next")
    third = follow(as_booker, second, "next")
    assert [shown(page) for page in (first, second, third)] == [
        ["ACP8", "ACP7", "ACP6"], ["ACP5", "ACP4", "ACP3"], ["ACP2", "ACP1"],
    ]  # fmt: skip
    assert 'rel="next"' not in third.content.decode()
    assert 'rel="prev"' not in first.content.decode()
    assert shown(follow(as_booker, third, "prev")) == shown(second)
    assert shown(follow(as_booker, follow(as_booker, third, "prev"), "prev")) == shown(first)
    assert "3 of 8" in first.content.decode()


@pytest.mark.usefixtures("pages_of_three")
def test_a_page_stays_as_it_is_while_rows_are_added(make: Make, as_booker: Client) -> None:
    for place in range(1, 7):
        make(f"ACP{place}")
    first = as_booker.get(LIST)
    make("NEW1")
    assert shown(follow(as_booker, first, "next")) == ["ACP3", "ACP2", "ACP1"]


@pytest.mark.usefixtures("pages_of_three")
def test_rows_of_the_same_moment_are_neither_lost_nor_doubled(make: Make, as_booker: Client) -> None:
    for place in range(8):
        make(f"ACP{place}", created_at=datetime(2026, 3, 2, 12, tzinfo=SAST))
    page, seen = as_booker.get(LIST), []
    seen += shown(page)
    while 'rel="next"' in page.content.decode():
        page = follow(as_booker, page, "next")
        seen += shown(page)
    assert sorted(seen) == sorted(f"ACP{place}" for place in range(8))


@pytest.mark.parametrize("cursor", ["x", "2026-03-02_x", "2026-13-02T00:00:00+00:00_0", "\0", "9" * 500])
def test_a_senseless_cursor_is_the_first_page(make: Make, as_booker: Client, cursor: str) -> None:
    make("ACP1")
    assert shown(as_booker.get(LIST, {"after": cursor})) == ["ACP1"]
    assert shown(as_booker.get(LIST, {"before": cursor})) == ["ACP1"]


def test_no_more_queries_for_fifty_rows_than_for_five(
    make: Make, as_booker: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(5):
        make(f"ACP{place}")
    with django_assert_max_num_queries(20) as five:
        as_booker.get(LIST)
    for place in range(5, 55):
        make(f"ACP{place}")
    with django_assert_max_num_queries(20) as fifty:
        assert len(shown(as_booker.get(LIST))) == 50
    # A second page exists now, so its rows are counted: one query more, whatever their number.
    assert len(fifty) <= len(five) + 1


# --- htmx and the next shipment --------------------------------------------------------------------------------------
def test_the_address_that_htmx_shows_carries_only_filters_that_are_set(make: Make, as_booker: Client) -> None:
    make("ACP1")
    response = as_booker.get(
        LIST, {"account": "", "state": "booked", "since": "", "q": ""}, headers={"HX-Request": "true"}
    )
    assert response["HX-Push-Url"] == f"{LIST}?state=booked"


def test_any_waybill_starts_the_next_one_as_it_was_or_the_way_back(
    make: Make, as_booker: Client, as_stranger: Client
) -> None:
    waybill = make("ACP1")
    again, quote = reverse("waybill-again", args=[waybill.pk]), reverse("quote-new")
    assert as_booker.get(again)["Location"] == f"{quote}?waybill={waybill.pk}"
    assert as_booker.get(again, {"way": "back"})["Location"] == f"{quote}?waybill={waybill.pk}&way=back"
    assert as_stranger.get(again).status_code == 404
