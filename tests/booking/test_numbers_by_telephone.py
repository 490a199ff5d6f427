"""A number that a person entered: whose it is, how it is spelled, and how it is put right."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import MaybeSent, WireRequest, WireResponse
from shipments import booking, evidence, sending
from shipments.answers import Answer, store
from shipments.models import Submission, Waybill
from shipments.models.attempts import Outcome
from tests.courier import ScriptedBex, answer, refusal, tracked
from tests.making import make_waybill
from tests.waybills.papers import pdf_answer
from tracking.sync import sync

pytestmark = pytest.mark.django_db
OURS = "PO-1046"
CALL: Any = {"spoke_to": "Sipho", "note": "gave the number"}


def moved(*, days_ago: int = 0) -> list[tuple[str, str]]:
    moment = timezone.localtime() - timedelta(days=days_ago)
    return [(f"{moment:%d-%m-%Y %H:%M}", "Shipment integrated to courier system")]


def now(waybill: Waybill) -> Waybill:
    return Waybill.objects.get(pk=waybill.pk)


@pytest.fixture
def unknown(asked: Waybill, bex: ScriptedBex) -> Waybill:
    bex.on("submit", MaybeSent("no answer in time"))
    Waybill.objects.filter(pk=asked.pk).update(senders_ref=OURS)
    sending.send(asked.pk)
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=0)
    return now(asked)


@pytest.fixture
def on_their_word(unknown: Waybill, booker: User, bex: ScriptedBex) -> Waybill:
    bex.on("labels", refusal("Waybill not found."))
    return booking.enter_number(unknown.pk, booker, unknown.version, "acp00000005", on_their_word=True, **CALL)


def test_any_spelling_of_a_number_that_another_waybill_holds_is_refused(
    unknown: Waybill, booker: User, bex: ScriptedBex, account: ShippingAccount
) -> None:
    other = make_waybill(account, booker)
    Waybill.objects.filter(pk=other.pk).update(waybill_number="ACP00000005", booking_state="booked")
    with pytest.raises(booking.NumberTaken):
        booking.enter_number(unknown.pk, booker, unknown.version, "acp00000005", **CALL)


def test_a_number_that_anothers_attempt_was_told_is_refused(
    unknown: Waybill, booker: User, bex: ScriptedBex, account: ShippingAccount
) -> None:
    other = make_waybill(account, booker)
    booking.ask(other.pk, booker, other.version)
    sending.send(other.pk)
    Submission.objects.filter(waybill=other).update(waybill_number="ACP00000006")
    with pytest.raises(booking.NumberTaken):
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000006", **CALL)


def test_it_is_kept_as_bex_spells_it(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    bex.on("track", tracked(("1", "Acp00000005", moved()), senders_ref=OURS))
    waybill = booking.enter_number(unknown.pk, booker, unknown.version, "aCP00000005", **CALL)
    assert (waybill.waybill_number, waybill.number_confirmed) == ("Acp00000005", True)


def test_a_shipment_with_another_reference_is_not_it(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    rows = [
        {"groupingIndex": -1, "col1": "Date", "col2": "Waybill", "col3": "Senders Ref", "col4": "Tracking Description"},
        {"groupingIndex": 0, "id": "1", "col1": moved()[0][0], "col2": "ACP00000005", "col3": "TW478875", "col4": "x"},
    ]
    bex.on("track", answer({"items": rows}))
    with pytest.raises(booking.NumberNotConfirmed) as refused:
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    assert "with the reference TW478875, this one has PO-1046" in refused.value.reason
    assert now(unknown).booking_state == "unknown"


@pytest.mark.parametrize("reference", ["", OURS])
def test_a_shipment_that_was_moving_before_anything_was_sent_is_not_it(
    unknown: Waybill, booker: User, bex: ScriptedBex, reference: str
) -> None:
    bex.on("track", tracked(("1", "ACP00000005", moved(days_ago=1)), senders_ref=reference))
    bex.on("labels", pdf_answer())
    with pytest.raises(booking.NumberNotConfirmed, match="was on its way before this one was sent"):
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)


def test_somebodys_reference_is_not_ours_where_we_sent_none(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    Waybill.objects.update(senders_ref="")
    bex.on("track", tracked(("1", "ACP00000005", moved()), senders_ref="PO 5 OF SOMEBODY"))
    with pytest.raises(booking.NumberNotConfirmed, match="with the reference PO 5 OF SOMEBODY, this one has none"):
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)


def test_a_shipment_without_a_reference_needs_a_label_of_ours(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    bex.on("track", tracked(("1", "ACP00000005", moved())))
    bex.on("labels", refusal("Waybill not found."))
    with pytest.raises(booking.NumberNotConfirmed, match="its label is refused under this account"):
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    bex.on("labels", pdf_answer())
    waybill = booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    assert (waybill.booking_state, waybill.number_confirmed) == ("booked", False)
    sync(force=True)
    assert now(waybill).number_confirmed


def test_a_strangers_shipment_confirms_no_number_on_somebodys_word(on_their_word: Waybill, bex: ScriptedBex) -> None:
    for days_ago, reference in ((0, ""), (0, "PO 5 OF SOMEBODY"), (1, OURS)):
        bex.on("track", tracked(("1", "ACP00000005", moved(days_ago=days_ago)), senders_ref=reference))
        sync(force=True, now=timezone.now() + timedelta(hours=1))
        assert not now(on_their_word).number_confirmed
    assert now(on_their_word).last_event_text  # it can be ours, so it is followed meanwhile
    bex.on("track", tracked(("1", "ACP00000005", moved()), senders_ref=OURS))
    sync(force=True, now=timezone.now() + timedelta(hours=3))
    assert now(on_their_word).number_confirmed


def test_a_number_on_their_word_ends_no_look_up_and_a_find_puts_it_right(
    on_their_word: Waybill, bex: ScriptedBex
) -> None:
    assert (on_their_word.waybill_number, on_their_word.number_confirmed) == ("ACP00000005", False)
    bex.on("track", tracked(), tracked(("7", "ACP00000009", moved())))
    later = timezone.now()
    for minutes in (2, 4):
        evidence.look_up_due(later + timedelta(minutes=minutes))
    put_right = now(on_their_word)
    assert (put_right.waybill_number, put_right.number_confirmed) == ("ACP00000009", True)
    assert put_right.attempts.get().next_look_up_at is None


def test_a_late_answer_puts_it_right(on_their_word: Waybill) -> None:
    attempt = on_their_word.attempts.get()
    assert store(attempt.pk, Answer(Outcome.BOOKED, waybill_number="ACP00000010"))
    assert (now(on_their_word).waybill_number, now(on_their_word).number_confirmed) == ("ACP00000010", True)


def test_a_person_puts_a_slip_right_until_it_is_confirmed(
    on_their_word: Waybill, as_booker: Client, bex: ScriptedBex
) -> None:
    page = as_booker.get(reverse("waybill", args=[on_their_word.pk])).content.decode()
    assert "Enter another number" in page
    bex.on("track", tracked(("1", "ACP00000015", moved()), senders_ref=OURS))
    told = {"number": "ACP00000015", "version": str(on_their_word.version)}
    assert as_booker.post(reverse("waybill-number", args=[on_their_word.pk]), told).status_code == 302
    put_right = now(on_their_word)
    assert (put_right.waybill_number, put_right.number_confirmed) == ("ACP00000015", True)
    told = {"number": "ACP00000016", "version": str(put_right.version)}
    assert as_booker.post(reverse("waybill-number", args=[on_their_word.pk]), told).status_code == 422


def test_a_confirmed_number_stands_against_a_late_answer(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    bex.on("track", tracked(("1", "ACP00000005", moved()), senders_ref=OURS))
    waybill = booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    store(waybill.attempts.get().pk, Answer(Outcome.BOOKED, waybill_number="ACP00000010"))
    assert now(waybill).waybill_number == "ACP00000005"
    assert waybill.attempts.get().other_numbers == ["ACP00000010"]
    assert now(waybill).booked_twice


def test_a_label_alone_confirms_no_number(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    bex.on("labels", pdf_answer())
    waybill = booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    assert (waybill.booking_state, waybill.number_confirmed) == ("booked", False)
    assert waybill.decisions.get(kind="number").confirmed_by == "label"
    assert waybill.attempts.get().next_look_up_at is not None


def test_a_reference_of_the_attempts_own_is_ours_too(
    unknown: Waybill, booker: User, bex: ScriptedBex, settings: Any
) -> None:
    Waybill.objects.update(senders_ref="INV-1")
    reference = unknown.attempts.get().reference
    bex.on("track", tracked(("1", "ACP00000005", moved()), senders_ref=reference))
    waybill = booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    assert waybill.number_confirmed


def test_a_decision_that_could_not_be_carried_out_leaves_no_trace(
    unknown: Waybill, booker: User, bex: ScriptedBex
) -> None:
    def answered_meanwhile(request: WireRequest) -> WireResponse:
        store(unknown.attempts.get().pk, Answer(Outcome.BOOKED, waybill_number="ACP00000010"))
        return tracked(("1", "ACP00000005", moved()), senders_ref=OURS)

    bex.on("track", answered_meanwhile)
    with pytest.raises((booking.NotNow, booking.Stale)):
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    assert not unknown.decisions.filter(kind="number").exists()


@pytest.mark.parametrize("name", ["number", "book-again", "abandon", "cancel", "take-back", "release", "consent"])
def test_the_address_of_a_decision_leads_back_to_its_waybill(unknown: Waybill, as_booker: Client, name: str) -> None:
    reply = as_booker.get(reverse(f"waybill-{name}", args=[unknown.pk]))
    assert (reply.status_code, reply["Location"]) == (302, reverse("waybill", args=[unknown.pk]))
    assert now(unknown).version == unknown.version


def test_an_answer_that_comes_while_the_number_is_entered_is_told_as_such(
    unknown: Waybill, booker: User, bex: ScriptedBex
) -> None:
    """The waybill was read as unknown, and its attempt is booked by then."""
    Submission.objects.filter(waybill=unknown).update(outcome=Outcome.BOOKED)
    with pytest.raises(booking.Stale):
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
