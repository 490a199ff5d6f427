"""The waybill's page in every state, and its decisions."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import MaybeSent, NotSent
from shipments import evidence, sending
from shipments.answers import Answer, store
from shipments.models import Decision, LookUp, Parcel, Quote, SendingHold, Submission, Waybill
from shipments.models.attempts import Outcome
from tests.courier import ScriptedBex, answer, option, refusal
from tests.making import make_option, make_quote, make_waybill
from tests.waybills.papers import pdf_answer

pytestmark = pytest.mark.django_db


def page(client: Client, waybill: Waybill) -> str:
    response = client.get(reverse("waybill", args=[waybill.pk]))
    assert response.status_code == 200
    return response.content.decode()


def decide(client: Client, waybill: Waybill, name: str, **more: Any) -> Any:
    version = Waybill.objects.get(pk=waybill.pk).version
    return client.post(reverse(f"waybill-{name}", args=[waybill.pk]), {"version": version, **more}, follow=True)


def now(waybill: Waybill) -> Waybill:
    return Waybill.objects.get(pk=waybill.pk)


@pytest.fixture
def unknown(asked: Waybill, bex: ScriptedBex) -> Waybill:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    sending.send(asked.pk)
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=0)
    return now(asked)


@pytest.fixture
def open_unknown(unknown: Waybill) -> Waybill:
    for minutes in (2, 4):
        evidence.look_up_due(timezone.now() + timedelta(minutes=minutes))
    return now(unknown)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("restored", "put back from a backup"),
        ("journal", "do not agree. Whoever runs this portal compares the two"),
        ("upgrade", "The portal is being upgraded. Who upgrades it lets sending go on"),
    ],
)
def test_one_that_waits_while_all_sending_is_on_hold_says_why_and_who_ends_it(
    as_booker: Client, asked: Waybill, reason: str, words: str
) -> None:
    SendingHold.objects.create(reason=reason, detail="Run manage.py after_restore.")
    text = page(as_booker, asked)
    assert "Waiting: all sending is on hold" in text
    assert words in text
    assert "A worker takes it in its turn" not in text
    assert "manage.py" not in text
    assert "Take it back" in text


def test_a_queued_one_can_be_taken_back(as_booker: Client, asked: Waybill) -> None:
    response = decide(as_booker, asked, "take-back")
    assert "nothing was sent" in response.content.decode()
    assert now(asked).booking_state == "draft"


def test_a_booked_one_shows_number_money_and_documents(as_booker: Client, booked: Waybill) -> None:
    text = page(as_booker, booked)
    for expected in ("ACP00000001", "Print 1 label", "E-waybill", "R\xa0230.00", "Quoted", "Booked", "O&#x27;Brien"):
        assert expected in text


def test_the_trail_tells_seconds_how_long_bex_took_and_who_printed(
    as_booker: Client, booked: Waybill, bex: ScriptedBex, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    bex.on("labels", pdf_answer())
    for _ in range(2):
        assert as_booker.get(reverse("waybill-labels", args=[booked.pk])).status_code == 200
    text = page(as_booker, booked)
    assert text.count("Thandi Mokoena opened the labels to print") == 1
    assert re.search(r"Attempt 1 is booked as ACP00000001, after \d+\.\d s", text)
    assert re.search(r">\d\d:\d\d:\d\d</time></li>", text)
    assert "Download e-waybill" in text


def test_an_add_on_is_called_requested_until_its_surcharge_came_back(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    from shipments import booking, drafting
    from tests.making import RECEIVER, SENDER

    offered = make_option(make_quote(account, booker), add_on="SURSAT", surcharges_total=90)
    draft = drafting.draft_from_option(offered, booker)
    draft = drafting.save_content(
        draft.pk,
        draft.version,
        drafting.Content(collection_date=draft.collection_date, sender=SENDER, receiver=RECEIVER),
    )
    booking.ask(draft.pk, booker, draft.version)
    sending.send(draft.pk)
    assert "requested, not confirmed" in page(as_booker, draft)


def test_a_refused_one_shows_bexs_words_and_leads_to_the_correction(
    as_booker: Client, asked: Waybill, bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("Suburb <b>unknown</b>."))
    sending.send(asked.pk)
    text = page(as_booker, asked)
    assert "Suburb &lt;b&gt;unknown&lt;/b&gt;." in text
    assert reverse("waybill-book", args=[asked.pk]) in text
    assert "Correct and book again" in text


def test_an_unknown_one_says_what_is_known_and_keeps_the_choices_until_they_are_open(
    as_booker: Client, unknown: Waybill
) -> None:
    text = page(as_booker, unknown)
    attempt = unknown.attempts.get()
    for expected in ("We don’t know whether BEX booked it", "We look again at", "no answer within 30 s"):
        assert expected in text
    assert attempt.reference in text
    assert "Did you book a shipment for account 316085" in text
    response = decide(as_booker, unknown, "book-again", accept="1")
    assert response.status_code == 422
    assert now(unknown).booking_state == "unknown"


def test_a_call_to_bex_opens_the_choices(as_booker: Client, unknown: Waybill) -> None:
    decide(as_booker, unknown, "book-again", accept="1", spoke_to="Lindiwe", note="She finds nothing.")
    assert now(unknown).booking_state == "queued"
    decision = Decision.objects.get(kind="book_again")
    assert (decision.spoke_to, decision.note) == ("Lindiwe", "She finds nothing.")
    assert "Lindiwe" in page(as_booker, unknown)


def test_booking_again_needs_the_tick(as_booker: Client, open_unknown: Waybill) -> None:
    response = decide(as_booker, open_unknown, "book-again")
    assert response.status_code == 422
    assert "Tick that you asked BEX" in response.content.decode()


def test_a_number_that_bex_does_not_show_is_kept_in_its_field_and_may_be_taken_on_their_word(
    as_booker: Client, open_unknown: Waybill, bex: ScriptedBex
) -> None:
    bex.on("labels", refusal("Not found."))
    response = decide(as_booker, open_unknown, "number", number="ACP00000145", note="from the telephone")
    text = response.content.decode()
    assert response.status_code == 422
    assert 'value="ACP00000145"' in text
    assert 'value="from the telephone"' in text
    decide(as_booker, open_unknown, "number", number="ACP00000145", on_their_word="1")
    assert now(open_unknown).waybill_number == "ACP00000145"
    assert "not yet confirmed" in page(as_booker, open_unknown)


def test_a_number_of_odd_letters_is_refused_in_words(as_booker: Client, open_unknown: Waybill) -> None:
    response = decide(as_booker, open_unknown, "number", number="ACP 1, ACP 2")
    assert "Letters, digits and dashes" in response.content.decode()
    assert "ACP 1, ACP 2" in response.content.decode()


def test_abandoning_ends_it(as_booker: Client, open_unknown: Waybill) -> None:
    decide(as_booker, open_unknown, "abandon")
    assert now(open_unknown).booking_state == "abandoned"


def test_a_stale_button_changes_nothing_and_says_so(as_booker: Client, open_unknown: Waybill) -> None:
    response = as_booker.post(
        reverse("waybill-abandon", args=[open_unknown.pk]), {"version": open_unknown.version - 1}, follow=True
    )
    assert "Your click changed nothing" in response.content.decode()
    assert now(open_unknown).booking_state == "unknown"


def test_two_numbers_are_both_shown(as_booker: Client, booked: Waybill) -> None:
    first = booked.attempts.get()
    Submission.objects.create(
        waybill=booked, number=2, outcome="lost", reference="X" * 20, waybill_version=3, account=booked.account,
        identity=first.identity, endpoint=booked.endpoint, payload={}, lease_until=timezone.now(), lease_boot_id="",
        lease_until_tick=0, answered_at=timezone.now(),
    )  # fmt: skip
    store(booked.attempts.get(number=2).pk, Answer(Outcome.BOOKED, waybill_number="ACP00000002"))
    text = page(as_booker, booked)
    assert "Booked twice" in text
    assert "ACP00000002" in text


def test_a_held_one_says_why_and_how_to_go_on(as_booker: Client, asked: Waybill, bex: ScriptedBex) -> None:
    Quote.objects.update(quoted_at=timezone.now() - timedelta(hours=1))
    bex.on("quote", answer({"items": [option(total="260.00")]}))
    sending.send(asked.pk)
    text = page(as_booker, asked)
    assert "Held: dearer than agreed" in text
    assert "Book with BEX at R\xa0260.00" in text
    decide(as_booker, asked, "consent", total="260.00")
    sending.send(asked.pk)
    assert now(asked).booking_state == "booked"


@pytest.mark.parametrize("reason", ["account_paused", "grant_ended", "too_many_tries", "journal", "look_up_failed"])
def test_every_reason_has_words(as_booker: Client, asked: Waybill, bex: ScriptedBex, reason: str) -> None:
    bex.on("submit", NotSent("refused"))
    sending.send(asked.pk)
    Waybill.objects.update(booking_state="held", hold_reason=reason)
    assert now(asked).get_hold_reason_display().lower() in page(as_booker, asked)


def test_a_cancellation_names_whom_one_spoke_to(as_booker: Client, booked: Waybill) -> None:
    assert decide(as_booker, booked, "cancel", note="wrong parcel").status_code == 422
    decide(as_booker, booked, "cancel", spoke_to="Lindiwe", note="wrong parcel")
    assert now(booked).booking_state == "cancelled"


def test_viewers_see_no_buttons_and_may_press_none(client: Client, asked: Waybill, viewer: User) -> None:
    client.force_login(viewer, backend="accounts.backends.NameOrEmailBackend")
    assert "Take it back" not in page(client, asked)
    url = reverse("waybill-take-back", args=[asked.pk])
    assert client.post(url, {"version": asked.version}).status_code == 404


def test_anothers_waybill_is_not_found(as_stranger: Client, booked: Waybill) -> None:
    for name in ("waybill", "waybill-live"):
        assert as_stranger.get(reverse(name, args=[booked.pk])).status_code == 404


def test_who_may_not_see_prices_sees_none(client: Client, booked: Waybill, priceless_booker: User) -> None:
    client.force_login(priceless_booker, backend="accounts.backends.NameOrEmailBackend")
    text = page(client, booked)
    assert "230.00" not in text
    assert "Money" not in text
    assert reverse("waybill-ewaybill", args=[booked.pk]) not in text
    assert client.get(reverse("waybill-ewaybill", args=[booked.pk])).status_code == 404


def test_queries_do_not_grow_with_what_is_on_the_page(
    as_booker: Client, booked: Waybill, account: ShippingAccount, booker: User, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    attempt = booked.attempts.get()
    LookUp.objects.create(attempt=attempt, result="nothing")
    page(as_booker, booked)
    with CaptureQueriesContext(connection) as few:
        page(as_booker, booked)
    for number in range(2, 12):
        Parcel.objects.create(waybill=booked, position=number, length_cm=1, breadth_cm=1, height_cm=1, weight_kg=1)
        LookUp.objects.create(attempt=attempt, result="nothing")
        Decision.objects.create(waybill=booked, kind="released", by=booker, version=number)
    make_waybill(account, booker)
    with CaptureQueriesContext(connection) as many:
        page(as_booker, booked)
    assert len(many) == len(few)


def test_where_bexs_price_is_not_known_the_quoted_one_is_said_to_be_that(
    as_booker: Client, open_unknown: Waybill
) -> None:
    words = {"number": "ACP00000777", "on_their_word": "1", "spoke_to": "Naledi", "note": "gave the number"}
    decide(as_booker, open_unknown, "number", **words)
    assert "BEX’s price is not known" in page(as_booker, open_unknown)


def test_a_delivered_one_is_not_offered_a_cancellation(as_booker: Client, booked: Waybill) -> None:
    assert "Record a cancellation" in page(as_booker, booked)
    Waybill.objects.filter(pk=booked.pk).update(transit_state="delivered")
    assert "Record a cancellation" not in page(as_booker, booked)
