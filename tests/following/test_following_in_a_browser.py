"""Open pages in a real browser: news come without a reload, and take nothing away from who is at work on the page."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from accounts.models import User
from shipments import sending
from shipments.models import Waybill
from tests.browser import sign_in
from tests.courier import ScriptedBex
from tests.following.pages import Make
from tracking.observing import Said, take_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = reverse("waybills")
LONGEST_MS = 15_000
LOADED, ARRIVED = "Loaded onto vehicle for delivery", "Arrived into BFN depot"


@pytest.fixture
def open_at(live_server: Any, context: BrowserContext, booker: User, page: Page) -> Any:
    """Opens an address; time passes for the page only when it is told so."""
    sign_in(context, booker, live_server.url)

    def opened(address: str) -> Page:
        page.clock.install()
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        return page

    return opened


def waybill_page(waybill: Waybill) -> str:
    return reverse("waybill", args=[waybill.pk])


def told(waybill: Waybill, words: str = LOADED) -> None:
    now = timezone.now()
    take_in(waybill.pk, [Said("tracking_event", now, description=words)], now=now)


def asks(page: Page) -> list[str]:
    """The requests that the page makes by itself from now on."""
    made: list[str] = []

    def note(request: Request) -> None:
        if "/live/" in request.url:
            made.append(request.url)

    page.on("request", note)
    return made


def test_news_come_within_fifteen_seconds_and_are_read_out(open_at: Any, booked: Waybill) -> None:
    page = open_at(waybill_page(booked))
    expect(page.locator("#cell-state")).to_contain_text("No event yet")
    page.evaluate("window.is_the_same = true")
    told(booked)
    page.clock.run_for(LONGEST_MS)
    expect(page.locator("#cell-state")).to_contain_text("Out for delivery")
    expect(page.locator("#journey")).to_contain_text(LOADED)
    page.clock.run_for(1000)
    expect(page.locator("[data-follow-news]")).to_have_text(f"Out for delivery. {LOADED}")
    assert page.evaluate("window.is_the_same"), "it was not loaded anew"


def test_a_booking_is_followed_to_its_number_without_a_reload(open_at: Any, asked: Waybill, bex: ScriptedBex) -> None:
    page = open_at(waybill_page(asked))
    page.evaluate("window.is_the_same = true")
    sending.send(asked.pk)
    page.clock.run_for(2000)
    expect(page.locator("h1")).to_contain_text("ACP00000001")
    expect(page).to_have_title("ACP00000001 · bexportal")
    expect(page.get_by_role("link", name=re.compile("Print 1 label"))).to_be_visible()
    assert page.evaluate("window.is_the_same")


def test_the_focus_stays_on_the_same_thing(open_at: Any, asked: Waybill, booker: User, bex: ScriptedBex) -> None:
    sending.send(asked.pk)
    page = open_at(waybill_page(asked))
    again = page.get_by_role("link", name="Ship again")
    again.focus()
    Waybill.objects.filter(pk=asked.pk).update(waybill_number="ACP00000002")
    page.clock.run_for(LONGEST_MS)
    expect(page.locator("h1")).to_contain_text("ACP00000002")
    expect(again).to_be_focused()


def test_where_what_had_the_focus_is_gone_it_is_not_lost(open_at: Any, asked: Waybill, bex: ScriptedBex) -> None:
    page = open_at(waybill_page(asked))
    page.get_by_role("button", name="Take it back").focus()
    sending.send(asked.pk)
    page.clock.run_for(2000)
    expect(page.locator("h1")).to_contain_text("ACP00000001")
    expect(page.locator("h1")).to_be_focused()


def test_what_was_opened_stays_open_and_what_is_typed_is_never_taken_away(
    open_at: Any, booked: Waybill, booker: User
) -> None:
    page = open_at(waybill_page(booked))
    page.get_by_text("Record a cancellation").click()
    note = page.get_by_label("What was said")
    Waybill.objects.filter(pk=booked.pk).update(version=booked.version + 1)
    page.clock.run_for(LONGEST_MS)
    expect(page.locator('#live-cancel [name="version"]')).to_have_value(str(booked.version + 1))
    expect(note).to_be_visible()
    note.fill("Naledi says")
    Waybill.objects.filter(pk=booked.pk).update(version=booked.version + 2, last_event_text="x")
    told(booked)
    page.clock.run_for(LONGEST_MS)
    expect(page.locator("#cell-state")).to_contain_text("Out for delivery")
    expect(note).to_have_value("Naledi says")
    expect(note).to_be_focused()
    expect(page.locator('#live-cancel [name="version"]')).to_have_value(str(booked.version + 1))
    expect(page.locator("[data-follow-word]")).to_contain_text("changed meanwhile")
    page.clock.run_for(4 * LONGEST_MS)
    expect(note).to_have_value("Naledi says")
    note.fill("")
    note.blur()
    page.clock.run_for(1000)
    expect(page.locator('#live-cancel [name="version"]')).to_have_value(str(booked.version + 2))
    expect(page.locator("[data-follow-word]")).to_be_hidden()


def test_rows_change_where_they_stand_ticks_and_focus_stay_and_new_ones_wait(open_at: Any, make: Make) -> None:
    made = [make(f"ACP{number:03}") for number in range(40)]
    page = open_at(LIST)
    one = made[5]
    page.get_by_label("Select ACP005").check()
    page.get_by_label("Select ACP006").check()
    link = page.get_by_role("link", name="ACP005", exact=True)
    link.focus()
    top = page.evaluate("scrollBy(0, 200); document.activeElement.getBoundingClientRect().top")
    told(one)
    make("NEW1"), make("NEW2")
    page.clock.run_for(LONGEST_MS)
    row = page.locator("tr", has=link)
    expect(row).to_contain_text("Out for delivery")
    expect(page.get_by_label("Select ACP005")).to_be_checked()
    expect(page.locator("[data-selection]")).to_contain_text("2 selected")
    expect(link).to_be_focused()
    assert abs(page.evaluate("document.activeElement.getBoundingClientRect().top") - top) < 1
    show = page.get_by_role("link", name="2 new: show")
    expect(page.locator("tbody tr")).to_have_count(40)
    show.click()
    expect(page.locator("tbody tr")).to_have_count(42)
    expect(show).to_have_count(0)
    told(one, ARRIVED)
    page.clock.run_for(LONGEST_MS)
    expect(row).to_contain_text("At depot")


def test_what_a_filter_brings_follows_as_well(open_at: Any, make: Make) -> None:
    one = make("ACP1", transit_state="attempt_failed")
    make("ACP2")
    page = open_at(LIST)
    page.get_by_role("link", name=re.compile("Attempt failed")).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    made = asks(page)
    told(one)
    page.clock.run_for(LONGEST_MS)
    expect(page.locator("tbody")).to_contain_text("Out for delivery")
    assert len(made) == 1, "the list before it has stopped"
    assert "state=attempt_failed" in made[0]


def test_what_one_looks_at_stays_where_it_is_when_something_above_it_grows(open_at: Any, booked: Waybill) -> None:
    page = open_at(waybill_page(booked))
    page.set_viewport_size({"width": 900, "height": 500})
    page.locator("#trail").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.querySelector('#parcels').getBoundingClientRect().top + scrollY - 150)")
    page.wait_for_timeout(200)
    before = page.evaluate("document.querySelector('#parcels').getBoundingClientRect().top")
    for words in (LOADED, ARRIVED, "Departed BFN depot for CPT branch"):
        told(booked, words)
    page.clock.run_for(LONGEST_MS)
    expect(page.locator("#journey li")).to_have_count(4)
    page.wait_for_timeout(300)
    assert abs(page.evaluate("document.querySelector('#parcels').getBoundingClientRect().top") - before) <= 2


def hide(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_page_that_nobody_looks_at_rests_and_asks_at_once_when_somebody_does(open_at: Any, booked: Waybill) -> None:
    page = open_at(waybill_page(booked))
    made = asks(page)
    hide(page, hidden=True)
    page.clock.run_for(20 * LONGEST_MS)
    assert made == []
    told(booked)
    hide(page, hidden=False)
    expect(page.locator("#cell-state")).to_contain_text("Out for delivery")
    assert len(made) == 1


def test_while_the_portal_does_not_answer_it_asks_less_often_and_says_so_quietly(open_at: Any, booked: Waybill) -> None:
    page = open_at(waybill_page(booked))
    page.route("**/live/", lambda route: route.abort())
    made = asks(page)
    word = page.locator("[data-follow-word]")
    page.clock.run_for(LONGEST_MS)
    expect(word).to_be_hidden()
    for _ in range(4):
        page.clock.run_for(2 * LONGEST_MS)
        page.wait_for_timeout(50)
    expect(word).to_contain_text("does not follow now: the portal does not answer")
    assert len(made) <= 4
    expect(page.locator(".toast")).to_have_count(0)
    page.unroute("**/live/")
    told(booked)
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#cell-state")).to_contain_text("Out for delivery")
    expect(word).to_be_hidden()


def test_a_portal_that_asks_to_wait_is_waited_for(open_at: Any, booked: Waybill) -> None:
    page = open_at(waybill_page(booked))
    asked = []

    def busy(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503, headers={"Retry-After": "90"})

    page.route("**/live/", busy)
    page.clock.run_for(LONGEST_MS)
    page.wait_for_timeout(100)
    page.clock.run_for(70_000)
    assert len(asked) == 1
    page.clock.run_for(40_000)
    page.wait_for_timeout(100)
    assert len(asked) == 2


def test_an_ended_session_is_said_and_no_sign_in_page_lands_in_the_page(
    open_at: Any, booked: Waybill, booker: User, live_server: Any, context: BrowserContext
) -> None:
    page = open_at(waybill_page(booked))
    Session.objects.all().delete()
    page.clock.run_for(LONGEST_MS)
    word = page.locator("[data-follow-word]")
    expect(word).to_contain_text("You were signed out meanwhile.")
    link = word.get_by_role("link", name="Sign in again")
    expect(link).to_have_attribute("href", re.compile(r"/sign-in/\?next=%2Fwaybills%2F"))
    expect(page.locator("h1")).to_contain_text("ACP00000001")
    expect(page.get_by_label("Password")).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(0)
    sign_in(context, booker, live_server.url)
    told(booked)
    page.clock.run_for(65_000)
    expect(page.locator("#cell-state")).to_contain_text("Out for delivery")
    expect(word).to_be_hidden()


def test_what_is_no_longer_ones_own_is_said_once(open_at: Any, booked: Waybill, booker: User) -> None:
    page = open_at(waybill_page(booked))
    booker.grants.all().delete()
    made = asks(page)
    page.clock.run_for(LONGEST_MS)
    expect(page.locator("[data-follow-word]")).to_contain_text("not yours to see")
    page.clock.run_for(10 * LONGEST_MS)
    assert len(made) == 1


def test_a_form_that_came_back_with_errors_keeps_them(open_at: Any, booked: Waybill, booker: User) -> None:
    page = open_at(waybill_page(booked))
    page.get_by_text("Record a cancellation").click()
    page.get_by_role("button", name="Record the cancellation").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.clock.run_for(100)
    booking_side = Waybill.objects.get(pk=booked.pk)
    Waybill.objects.filter(pk=booked.pk).update(version=booking_side.version + 1)
    told(booked)
    page.clock.run_for(LONGEST_MS)
    expect(page.locator("#cell-state")).to_contain_text("Out for delivery")
    expect(page.locator("#live-cancel .error").first).to_be_visible()
