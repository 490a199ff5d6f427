"""Held waybills, several let go at once."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ShippingAccount, User
from shipments import booking
from shipments.changing import taking
from shipments.models import Waybill
from tests.making import make_option, make_quote, make_waybill

pytestmark = pytest.mark.django_db
Hold = Callable[..., Waybill]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmailBackend")
    return client


@pytest.fixture
def hold(account: ShippingAccount, booker: User) -> Hold:
    def make(reason: str, ref: str, *, now: str = "") -> Waybill:
        made = make_waybill(account, booker, senders_ref=ref)
        asked = booking.ask(made.pk, booker, made.version)
        with taking(asked.pk) as waybill:
            waybill.hold_reason = reason
            if now:
                waybill.priced_by = make_option(make_quote(account, booker), total=now)
        return Waybill.objects.get(pk=asked.pk)

    return make


def pick(*waybills: Waybill) -> dict[str, list[str]]:
    return {"pick": [f"{one.pk}:{one.version}" for one in waybills]}


def state(waybill: Waybill) -> str:
    return Waybill.objects.get(pk=waybill.pk).booking_state


def test_the_ticked_ones_go_and_a_risen_price_is_agreed_to(hold: Hold, booker: User) -> None:
    tries, dearer, stays = (
        hold("too_many_tries", "A"),
        hold("price_rose", "B", now="260.00"),
        hold("cut_off_passed", "C"),
    )
    client = signed_in(booker)
    page = client.get(reverse("waybills-held")).content.decode()
    assert "230.00" in page
    assert "260.00" in page
    client.post(reverse("waybills-held"), pick(tries, dearer))
    assert [state(one) for one in (tries, dearer, stays)] == ["queued", "queued", "held"]
    assert Waybill.objects.get(pk=dearer.pk).consented_total == Decimal(260)
    assert Waybill.objects.get(pk=dearer.pk).decisions.filter(kind="consented", by=booker).exists()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("collection_passed", "choose another one on its page"),
        ("account_paused", "It goes on by itself"),
        ("numbers_used_up", "It goes on by itself"),
    ],
)
def test_what_cannot_go_from_a_list_stays_and_says_why(hold: Hold, booker: User, reason: str, words: str) -> None:
    held = hold(reason, "A")
    reply = signed_in(booker).post(reverse("waybills-held"), pick(held))
    assert words in reply.content.decode()
    assert state(held) == "held"


def test_one_that_changed_since_the_page_was_shown_stays(hold: Hold, booker: User) -> None:
    held = hold("too_many_tries", "A")
    with taking(held.pk) as changed:
        changed.hold_reason = "price_rose"
        changed.priced_by = make_option(make_quote(held.account, booker), total="999.00")
    reply = signed_in(booker).post(reverse("waybills-held"), pick(held))
    assert "changed since the page was shown" in reply.content.decode()
    assert state(held) == "held"


def test_who_sees_no_prices_neither_sees_nor_agrees_to_one(hold: Hold, priceless_booker: User) -> None:
    held = hold("price_rose", "A", now="260.00")
    client = signed_in(priceless_booker)
    page = client.get(reverse("waybills-held")).content.decode()
    assert "260" not in page.replace(str(held.pk), "")
    assert "may see prices has to agree" in client.post(reverse("waybills-held"), pick(held)).content.decode()
    assert state(held) == "held"


def test_neither_viewer_nor_stranger_lets_anything_go(hold: Hold, viewer: User, stranger: User) -> None:
    held = hold("too_many_tries", "LETMEGO")
    for user in (viewer, stranger):
        client = signed_in(user)
        assert "LETMEGO" not in client.get(reverse("waybills-held")).content.decode()
        client.post(reverse("waybills-held"), pick(held))
    assert state(held) == "held"


@pytest.mark.parametrize("picked", [[], ["nonsense"], ["7:7"]])
def test_nothing_picked_is_said(booker: User, picked: list[str]) -> None:
    reply = signed_in(booker).post(reverse("waybills-held"), {"pick": picked})
    assert reply.status_code == 422
    assert "tick the waybills" in reply.content.decode()


def test_the_list_of_held_waybills_leads_there(hold: Hold, booker: User) -> None:
    hold("too_many_tries", "A")
    assert reverse("waybills-held") in signed_in(booker).get(reverse("waybills"), {"state": "held"}).content.decode()


def test_the_queries_of_the_page_do_not_grow(hold: Hold, booker: User) -> None:
    client = signed_in(booker)
    hold("price_rose", "A", now="260.00")
    client.get(reverse("waybills-held"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("waybills-held"))
    for number in range(12):
        hold("price_rose", f"B{number}", now="260.00")
    with CaptureQueriesContext(connection) as many:
        page = client.get(reverse("waybills-held")).content.decode()
    assert page.count('name="pick"') == 13
    assert len(many) == len(few)
