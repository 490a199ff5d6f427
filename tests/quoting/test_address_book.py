"""The address book fills itself and shows nobody what belongs to others."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Address, Role, ShippingAccount, User
from shipments import address_book
from shipments.models import AddressBookEntry
from tests.cast import grant
from tests.making import RECEIVER, SENDER

pytestmark = pytest.mark.django_db


def receiver(company: str = "", **more: str) -> Address:
    return Address.objects.create(**{**RECEIVER, **({"company": company} if company else {}), **more})


def options(client: Client, account: ShippingAccount, text: str, end: str = "receiver") -> list[dict[str, Any]]:
    asked = {"end": end, "account": str(account.pk), "q": text}
    found: list[dict[str, Any]] = client.get("/address-book/search/", asked).json()["options"]
    return found


def test_the_same_address_written_twice_is_one_entry(account: ShippingAccount) -> None:
    address_book.remember(account, "receiver", receiver())
    address_book.remember(account, "receiver", receiver())

    assert AddressBookEntry.objects.get().uses == 2


def test_another_street_is_another_entry(account: ShippingAccount) -> None:
    address_book.remember(account, "receiver", receiver())
    address_book.remember(account, "receiver", receiver(street="8 Dorp Street"))

    assert AddressBookEntry.objects.count() == 2


def test_whoever_was_sent_to_is_not_offered_as_a_sender(as_booker: Client, account: ShippingAccount) -> None:
    address_book.remember(account, "receiver", receiver())

    assert options(as_booker, account, "brien")
    assert options(as_booker, account, "brien", end="sender") == []


@pytest.mark.parametrize("typed", ["brien", "sohne", "anneke", "stellenbosch", "7600", "dorp", "brien 7600"])
def test_an_entry_is_found_by_name_contact_place_and_street(
    as_booker: Client, account: ShippingAccount, typed: str
) -> None:
    address_book.remember(account, "receiver", receiver())

    [found] = options(as_booker, account, typed)
    assert found["fill"]["post_code"] == "7600"


def test_those_used_most_come_first_and_the_accounts_own_before_others(
    as_booker: Client, booker: User, account: ShippingAccount, coast: ShippingAccount
) -> None:
    grant(booker, coast, Role.BOOKER)
    for company, on, times in (("Often", account, 3), ("Seldom", account, 1), ("Elsewhere", coast, 9)):
        for _ in range(times):
            address_book.remember(on, "receiver", receiver(company))

    found = [option["value"] for option in options(as_booker, account, "stellenbosch")]
    assert found == ["Often", "Seldom", "Elsewhere"]


def test_an_address_used_on_two_accounts_is_offered_once(
    as_booker: Client, booker: User, account: ShippingAccount, coast: ShippingAccount
) -> None:
    grant(booker, coast, Role.BOOKER)
    for on in (account, coast):
        address_book.remember(on, "receiver", receiver())

    assert len(options(as_booker, account, "brien")) == 1


def test_nobody_sees_entries_of_accounts_without_a_grant(
    as_stranger: Client, account: ShippingAccount, coast: ShippingAccount
) -> None:
    entry = address_book.remember(account, "receiver", receiver())

    assert options(as_stranger, account, "brien") == []
    assert options(as_stranger, coast, "brien") == []
    assert "Brien" not in as_stranger.get("/address-book/").content.decode()
    assert as_stranger.get("/quotes/new/", {"to": str(entry.pk)}).status_code == 404


def test_an_entry_starts_a_shipment_to_it(as_booker: Client, account: ShippingAccount) -> None:
    entry = address_book.remember(account, "receiver", receiver())
    page = as_booker.get("/address-book/").content.decode()
    assert f"/quotes/new/?to={entry.pk}" in page

    form = as_booker.get("/quotes/new/", {"to": str(entry.pk)}).content.decode()
    assert 'name="destination_post_code" value="7600"' in form


def test_the_default_sender_is_filled_in(as_booker: Client, usual_sender: Address) -> None:
    form = as_booker.get("/quotes/new/").content.decode()

    assert f'name="origin_name" value="{SENDER["company"]}"' in form
    assert f'name="origin_suburb" value="{SENDER["suburb"]}"' in form


def test_the_page_says_what_was_not_found_and_when_nobody_is_there(as_booker: Client, account: ShippingAccount) -> None:
    assert "Nobody is here yet" in as_booker.get("/address-book/").content.decode()
    address_book.remember(account, "receiver", receiver())
    assert "Nobody has “xyzzy”" in as_booker.get("/address-book/", {"q": "xyzzy"}).content.decode()


def test_the_queries_of_the_page_do_not_grow(as_booker: Client, account: ShippingAccount) -> None:
    address_book.remember(account, "receiver", receiver())
    as_booker.get("/address-book/")
    with CaptureQueriesContext(connection) as few:
        as_booker.get("/address-book/")
    for number in range(20):
        address_book.remember(account, "receiver", receiver(f"Company {number}"))
    with CaptureQueriesContext(connection) as many:
        page = as_booker.get("/address-book/").content.decode()
    assert page.count("data-row>") == 21
    assert len(many) == len(few)
