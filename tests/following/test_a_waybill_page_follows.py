"""An open waybill page: whatever it shows moves its version; while nothing does, nothing is loaded or rendered."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Grant, ShippingAccount, User
from shipments import booking, evidence, printing, reweighing, sending
from shipments.following.one_waybill import version
from shipments.models import Document, SendingHold, Submission, Waybill
from tests.courier import ScriptedBex, refusal, tracked
from tests.following.pages import WITHIN, Open
from tests.making import make_option, make_quote
from tracking.models import Wording
from tracking.observing import Said, take_in
from tracking.sync import refresh, sync

pytestmark = pytest.mark.django_db
LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")
Change = Callable[..., Any]


def address(waybill: Waybill) -> str:
    return reverse("waybill", args=[waybill.pk])


def seen(user: User, waybill: Waybill, later: timedelta = timedelta(0)) -> str | None:
    return version(user, waybill.pk, timezone.now() + later)


def test_while_nothing_changes_it_is_told_so_by_two_queries_beside_those_of_who_asks(
    open_page: Open, booked: Waybill
) -> None:
    page = open_page(address(booked))
    for _ in range(3):
        reply = page.ask()
        assert (reply.status_code, reply.content) == (304, b"")
        assert page.queries <= WITHIN + 1
    assert reply.headers["Cache-Control"] == "private, no-store"


def test_a_page_asks_at_least_every_fifteen_seconds_and_each_second_while_it_is_sent(
    open_page: Open, asked: Waybill, bex: ScriptedBex
) -> None:
    page = open_page(address(asked))
    assert page.every == 1
    sending.send(asked.pk)
    reply = page.ask()
    assert 10 <= int(reply.headers["X-Follow-Every"]) <= 14
    assert open_page(address(asked)).every <= 14


def test_a_booking_is_followed_from_waiting_to_its_number(open_page: Open, asked: Waybill, bex: ScriptedBex) -> None:
    page = open_page(address(asked))
    assert "Waiting to be sent" in page.text
    sending.send(asked.pk)
    assert {"head", "state", "cells", "money", "journey", "history", "documents"} <= page.changed()
    assert "ACP00000001" in page.news
    assert "<title>ACP00000001" in page.news
    assert "Booked as ACP00000001" in page.news
    assert not page.has_news()


def test_one_that_waits_says_at_once_that_all_sending_is_on_hold(open_page: Open, asked: Waybill) -> None:
    page = open_page(address(asked))
    hold = SendingHold.objects.create(reason="restored", detail="Run manage.py after_restore.")
    assert "state" in page.changed()
    assert "all sending is on hold" in page.news
    SendingHold.objects.filter(pk=hold.pk).update(released_at=timezone.now())
    assert "state" in page.changed()


def test_a_refusal_shows_bexs_words_without_a_reload(open_page: Open, asked: Waybill, bex: ScriptedBex) -> None:
    page = open_page(address(asked))
    bex.on("submit", refusal("Suburb <b>unknown</b>."))
    sending.send(asked.pk)
    assert "state" in page.changed()
    assert "Suburb &lt;b&gt;unknown&lt;/b&gt;." in page.news


def test_an_unknown_outcome_is_followed_to_its_number(open_page: Open, asked: Waybill, bex: ScriptedBex) -> None:
    from bexapi import MaybeSent

    bex.on("submit", MaybeSent("no answer within 30 s"))
    sending.send(asked.pk)
    page = open_page(address(asked))
    assert page.every <= 3
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=0)
    reference = Submission.objects.get().reference
    bex.on("track", tracked(("7", "ACP7", [LOADED]), senders_ref=reference))
    evidence.look_up_due(timezone.now() + timedelta(minutes=2))
    assert {"head", "state", "cells"} <= page.changed()
    assert "ACP7" in page.news


def test_a_sweeps_news_and_a_notifications_are_shown(open_page: Open, booked: Waybill, bex: ScriptedBex) -> None:
    page = open_page(address(booked))
    bex.on("track", tracked(("7", booked.waybill_number, [LOADED])))
    sync(force=True)
    assert {"cells", "journey"} <= page.changed()
    assert "Out for delivery. Loaded onto vehicle for delivery" in page.news
    take_in(booked.pk, [Said("pod", timezone.now(), signee="KHUMALO S", pieces=1)], now=timezone.now())
    assert {"cells", "journey", "cancel"} <= page.changed()
    assert "KHUMALO S" in page.news


def test_a_look_without_news_moves_what_is_said_of_looking_and_is_not_read_out(
    open_page: Open, booked: Waybill, bex: ScriptedBex
) -> None:
    bex.on("track", *[tracked(("7", booked.waybill_number, [LOADED]))] * 2)
    refresh(booked)
    Waybill.objects.update(tracking_checked_at=timezone.now() - timedelta(hours=1))
    page = open_page(address(booked))
    refresh(Waybill.objects.get())
    assert page.changed() == {"journey"}
    part = page.news.split('id="live-journey"')[1].split(">")[0]
    assert 'data-says=""' in part


def test_a_claim_of_a_sweep_is_nobodys_news(open_page: Open, booked: Waybill) -> None:
    page = open_page(address(booked))
    Waybill.objects.update(tracking_claimed_until=timezone.now())
    assert not page.has_news()


def test_words_that_get_a_meaning_are_shown(open_page: Open, booked: Waybill, bex: ScriptedBex) -> None:
    from tracking import vocabulary

    bex.on("track", tracked(("7", booked.waybill_number, [("27-11-2026 07:06", "Gone fishing")])))
    sync(force=True)
    page = open_page(address(booked))
    wording = Wording.objects.get(documented=False)
    wording.kind, wording.to_derive = "arrived", True
    wording.save()
    vocabulary.derive_what_is_due(seconds=10)
    assert {"cells", "journey"} <= page.changed()
    assert "At depot" in page.news


def test_what_bex_weighed_is_shown(open_page: Open, booked: Waybill) -> None:
    from bexapi.notifications import UpdateTold

    page = open_page(address(booked))
    told = UpdateTold("ONC", *(None,) * 9, total=Decimal("250.00"), parcels=())
    assert reweighing.keep(booked.pk, told, source="n1", at=timezone.now())
    assert {"cells", "money", "parcels"} <= page.changed()
    assert "Re-weighed dearer" in page.news


def test_a_decision_of_somebody_else_is_shown_with_the_version_that_buttons_then_carry(
    open_page: Open, asked: Waybill, booker: User
) -> None:
    page = open_page(address(asked))
    booking.take_back(asked.pk, booker, asked.version)
    assert {"head", "state", "history"} <= page.changed()
    assert f'name="version" value="{Waybill.objects.get().version}"' in page.news


def test_only_what_reads_differently_is_exchanged(open_page: Open, booked: Waybill, booker: User) -> None:
    page = open_page(address(booked))
    printing.note_printed([booked], Document.Kind.LABELS, booker)
    assert page.changed() == {"history"}


def test_anothers_waybill_is_not_there(open_page: Open, booked: Waybill, as_stranger: Client, booker: User) -> None:
    url = reverse("waybill-live", args=[booked.pk])
    assert as_stranger.get(url).status_code == 404
    page = open_page(address(booked))
    Grant.objects.filter(user=booker).delete()
    assert page.ask().status_code == 404


def test_a_grant_that_has_run_out_is_seen_by_the_page(open_page: Open, booked: Waybill, booker: User) -> None:
    page = open_page(address(booked))
    assert not page.has_news()
    Grant.objects.filter(user=booker).update(until=timezone.localdate() - timedelta(days=1))
    assert page.ask().status_code == 404


def test_an_ended_session_is_said_and_leads_to_no_sign_in_page(open_page: Open, booked: Waybill) -> None:
    page = open_page(address(booked))
    page.client.logout()
    reply = page.ask()
    assert (reply.status_code, reply.content) == (401, b"")
    assert page.client.get(page.address).status_code == 302, "who opens the address itself signs in"


def test_an_admin_follows_everybodys(open_page: Open, booked: Waybill, admin: User) -> None:
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    for where in (address(booked), reverse("waybills")):
        page = open_page(where, client)
        assert not page.has_news()
        printing.note_printed([booked], Document.Kind.LABELS, admin)
        Waybill.objects.update(version=F("version") + 1)
        assert page.has_news()


def test_a_switched_off_person_is_shown_nothing(open_page: Open, booked: Waybill, booker: User) -> None:
    page = open_page(address(booked))
    User.objects.filter(pk=booker.pk).update(is_active=False)
    assert page.ask().status_code == 401


def test_prices_are_in_no_news_for_who_may_not_see_them(
    open_page: Open, booked: Waybill, priceless_booker: User
) -> None:
    client = Client()
    client.force_login(priceless_booker, backend="accounts.backends.NameOrEmailBackend")
    page = open_page(address(booked), client)
    printing.note_printed([booked], Document.Kind.LABELS, priceless_booker)
    assert page.has_news()
    assert "230.00" not in page.news


def test_a_page_that_was_served_with_errors_follows_as_well(as_booker: Client, asked: Waybill) -> None:
    url = reverse("waybill-consent", args=[asked.pk])
    reply = as_booker.post(url, {"version": asked.version})
    assert reply.status_code == 422
    assert reverse("waybill-live", args=[asked.pk]) in reply.content.decode()


def test_a_new_quotes_price_is_not_missed_between_reading_and_rendering(
    open_page: Open, draft: Waybill, account: ShippingAccount, booker: User
) -> None:
    """The version is that of before the rows were read."""
    page = open_page(address(draft))
    Waybill.objects.filter(pk=draft.pk).update(priced_by=make_option(make_quote(account, booker), total="777.00"))
    assert "head" in page.changed()
    assert "777.00" in page.news


def test_choices_about_an_unknown_outcome_open_on_the_open_page(
    open_page: Open, asked: Waybill, bex: ScriptedBex
) -> None:
    from bexapi import MaybeSent

    bex.on("submit", MaybeSent("no answer within 30 s"))
    sending.send(asked.pk)
    page = open_page(address(asked))
    assert "The choices open at" in page.text
    Submission.objects.update(lease_until=timezone.now() - timedelta(minutes=1), lease_until_tick=0)
    assert "settle" in page.changed()
    assert "BEX gave you a number" in page.news
