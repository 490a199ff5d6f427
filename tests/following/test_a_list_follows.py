"""An open page of the list: rows are brought up to date where they stand, new ones are announced."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Grant, User
from shipments.listing import PAGE_SIZE
from shipments.models import Waybill
from tests.following.pages import WITHIN, Make, Open
from tracking.observing import Said, take_in

pytestmark = pytest.mark.django_db
LIST = reverse("waybills")


def told(waybill: Waybill, words: str = "Loaded onto vehicle for delivery") -> None:
    now = timezone.now()
    take_in(waybill.pk, [Said("tracking_event", now, description=words)], now=now)


def test_while_nothing_changes_it_is_told_so_by_two_queries_beside_those_of_who_asks(
    open_page: Open, make: Make
) -> None:
    for number in range(20):
        make(f"ACP{number}")
    Waybill.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    page = open_page(LIST)
    assert 10 <= page.every <= 14
    for _ in range(3):
        reply = page.ask()
        assert (reply.status_code, reply.content) == (304, b"")
        assert page.queries <= WITHIN + 1


def test_a_row_that_changes_is_exchanged_where_it_stands_and_no_other(open_page: Open, make: Make) -> None:
    one, _other = make("ACP1"), make("ACP2")
    page = open_page(LIST)
    told(one)
    assert page.changed() == {one.pk.hex}
    assert "Out for delivery" in page.news
    assert 'data-says="ACP1: Out for delivery"' in page.news
    assert "ACP2" not in page.news
    assert not page.has_news()


def test_a_new_waybill_is_announced_and_shifts_nothing(open_page: Open, make: Make) -> None:
    make("ACP1")
    page = open_page(LIST)
    new = make("ACP2")
    assert "new" in page.changed()
    assert "1 new: show" in page.news
    assert new.pk.hex not in page.news
    make("ACP3")
    assert "new" in page.changed()
    assert "2 new: show" in page.news
    assert not page.has_news()


def test_only_what_answers_to_the_filters_is_new(open_page: Open, make: Make) -> None:
    make("ACP1", transit_state="attempt_failed")
    page = open_page(f"{LIST}?state=attempt_failed")
    make("ACP2", transit_state="at_depot")
    page.ask()
    assert "new: show" not in page.news
    other = make("ACP3")
    told(other, "Delivery attempt failed because receiver not available")
    assert "new" in page.changed()
    assert "1 new: show" in page.news
    assert f'href="{LIST}?state=attempt_failed"' in page.news


def test_a_row_that_answers_no_more_stays_and_says_how_it_stands(open_page: Open, make: Make) -> None:
    one = make("ACP1", transit_state="attempt_failed")
    page = open_page(f"{LIST}?state=attempt_failed")
    told(one)
    assert one.pk.hex in page.changed()
    assert "Out for delivery" in page.news


def test_an_older_page_hears_of_its_own_rows_and_of_no_newer_ones(open_page: Open, make: Make) -> None:
    made = [make(f"ACP{number}") for number in range(PAGE_SIZE + 3)]
    first = open_page(LIST)
    older = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    page = open_page(LIST + older)
    make("NEW1")
    told(made[-1])
    assert not page.has_news()
    told(made[1])
    assert page.changed() == {made[1].pk.hex}
    assert {"new", made[-1].pk.hex, "tabs"} >= first.changed() >= {"new", made[-1].pk.hex}


def test_an_empty_list_hears_of_the_first(open_page: Open, make: Make, booker: User) -> None:
    make("ACP1")
    page = open_page(f"{LIST}?q=nowhere")
    assert not page.has_news()
    make("NOWHERE1")
    assert "new" in page.changed()


def test_the_counts_of_the_views_follow_once_a_minute(open_page: Open, make: Make) -> None:
    one = make("ACP1")
    page = open_page(LIST)
    Waybill.objects.filter(pk=one.pk).update(transit_state="attempt_failed", updated_at=timezone.now())
    assert page.changed() == {one.pk.hex}
    with time_machine.travel(timezone.now() + timedelta(seconds=70)):
        Waybill.objects.filter(pk=one.pk).update(updated_at=timezone.now())
        assert "tabs" in page.changed()
        assert "Attempt failed <b>1</b>" in page.news


def test_what_becomes_late_by_the_clock_is_exchanged_and_is_new_under_that_filter(open_page: Open, make: Make) -> None:
    one = make("ACP1")
    Waybill.objects.update(promised_by=timezone.now() + timedelta(minutes=2))
    everything, late = open_page(LIST), open_page(f"{LIST}?state=late")
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert one.pk.hex in everything.changed()
        assert "Late" in everything.news
        assert "new" in late.changed()
        assert "1 new: show" in late.news
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        assert not everything.has_news(), "how late it is the page counts itself"


def test_a_change_that_was_written_before_it_could_be_seen_is_not_missed(open_page: Open, make: Make) -> None:
    """A transaction writes its moment first and ends later."""
    make("ACP1")
    page = open_page(LIST)
    page.ask()
    make("ACP2", updated_at=timezone.now() - timedelta(seconds=20))
    Waybill.objects.filter(waybill_number="ACP2").update(updated_at=timezone.now() - timedelta(seconds=20))
    assert "new" in page.changed()


def test_another_persons_rows_are_neither_shown_nor_counted(
    open_page: Open, make: Make, as_stranger: Client, booker: User
) -> None:
    one = make("ACP1")
    page = open_page(LIST)
    told(one)
    reply = as_stranger.get(page.address)
    assert reply.status_code == 200
    assert "ACP1" not in reply.content.decode()
    make("ACP2")
    assert "new: show" not in as_stranger.get(page.address).content.decode()
    Grant.objects.filter(user=booker).delete()
    told(one, "Arrived into BFN depot")
    page.ask()
    assert "ACP1" not in page.news


def test_prices_are_in_no_news_for_who_may_not_see_them(open_page: Open, make: Make, priceless_booker: User) -> None:
    one = make("ACP1")
    page = open_page(LIST)
    assert "230.00" in page.text
    client = Client()
    client.force_login(priceless_booker, backend="accounts.backends.NameOrEmailBackend")
    told(one)
    text = client.get(page.address).content.decode()
    assert "ACP1" in text
    assert "230.00" not in text


@pytest.mark.parametrize(
    "query", ["", "at=yesterday", "at=2026-11-27T08:00:00", f"at=2026-11-27T08:00:00Z&ids={'0' * 2000}"]
)
def test_what_no_page_of_ours_asks_is_not_there(as_booker: Client, query: str) -> None:
    assert as_booker.get(f"{reverse('waybills-live')}?{query}").status_code == 404


@pytest.mark.parametrize("version", ["", "x", "1.2.3.4", "9" * 40 + ".1.1.a.b", "1.1.1.aaaaaaaa." + "z" * 12])
def test_a_version_that_is_none_of_ours_gets_everything(open_page: Open, make: Make, version: str) -> None:
    make("ACP1"), make("ACP2")
    page = open_page(LIST)
    page.version = version
    assert page.has_news()
    page.version = page.version or ""
    assert not page.has_news()


def test_an_ended_session_is_said(open_page: Open, make: Make) -> None:
    make("ACP1")
    page = open_page(LIST)
    page.client.logout()
    assert page.ask().status_code == 401
