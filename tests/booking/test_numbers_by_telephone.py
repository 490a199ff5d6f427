"""A number that a person entered: whose it is, how it is spelled, and how it is put right."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import MaybeSent
from shipments import booking, evidence, sending
from shipments.answers import Answer, store
from shipments.models import Submission, Waybill
from shipments.models.attempts import Outcome
from tests.courier import ScriptedBex, answer, refusal, tracked
from tests.making import make_waybill

pytestmark = pytest.mark.django_db
EVENT = [("23-11-2026 10:00", "Shipment integrated to courier system")]
CALL: Any = {"spoke_to": "Sipho", "note": "gave the number"}


def now(waybill: Waybill) -> Waybill:
    return Waybill.objects.get(pk=waybill.pk)


@pytest.fixture
def unknown(asked: Waybill, bex: ScriptedBex) -> Waybill:
    bex.on("submit", MaybeSent("no answer in time"))
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
    bex.on("track", tracked(("1", "Acp00000005", EVENT)))
    waybill = booking.enter_number(unknown.pk, booker, unknown.version, "aCP00000005", **CALL)
    assert (waybill.waybill_number, waybill.number_confirmed) == ("Acp00000005", True)


def test_a_shipment_with_another_reference_is_not_it(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    Waybill.objects.filter(pk=unknown.pk).update(senders_ref="PO-1046")
    rows = [
        {"groupingIndex": -1, "col1": "Date", "col2": "Waybill", "col3": "Senders Ref", "col4": "Tracking Description"},
        {"groupingIndex": 0, "id": "1", "col1": EVENT[0][0], "col2": "ACP00000005", "col3": "TW478875", "col4": "x"},
    ]
    bex.on("track", answer({"items": rows}))
    with pytest.raises(booking.NumberNotConfirmed) as refused:
        booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    assert "with the reference TW478875, this one has PO-1046" in refused.value.reason
    assert now(unknown).booking_state == "unknown"


def test_a_number_on_their_word_ends_no_look_up_and_a_find_puts_it_right(
    on_their_word: Waybill, bex: ScriptedBex
) -> None:
    assert (on_their_word.waybill_number, on_their_word.number_confirmed) == ("ACP00000005", False)
    bex.on("track", tracked(), tracked(("7", "ACP00000009", EVENT)))
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
    bex.on("track", tracked(("1", "ACP00000015", EVENT)))
    told = {"number": "ACP00000015", "version": str(on_their_word.version)}
    assert as_booker.post(reverse("waybill-number", args=[on_their_word.pk]), told).status_code == 302
    put_right = now(on_their_word)
    assert (put_right.waybill_number, put_right.number_confirmed) == ("ACP00000015", True)
    told = {"number": "ACP00000016", "version": str(put_right.version)}
    assert as_booker.post(reverse("waybill-number", args=[on_their_word.pk]), told).status_code == 422


def test_a_confirmed_number_stands_against_a_late_answer(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    bex.on("track", tracked(("1", "ACP00000005", EVENT)))
    waybill = booking.enter_number(unknown.pk, booker, unknown.version, "ACP00000005", **CALL)
    assert not store(waybill.attempts.get().pk, Answer(Outcome.BOOKED, waybill_number="ACP00000010"))
    assert now(waybill).waybill_number == "ACP00000005"


@pytest.mark.parametrize("name", ["number", "book-again", "abandon", "cancel", "take-back", "release", "consent"])
def test_the_address_of_a_decision_leads_back_to_its_waybill(unknown: Waybill, as_booker: Client, name: str) -> None:
    reply = as_booker.get(reverse(f"waybill-{name}", args=[unknown.pk]))
    assert (reply.status_code, reply["Location"]) == (302, reverse("waybill", args=[unknown.pk]))
    assert now(unknown).version == unknown.version


def test_a_look_up_that_is_first_by_a_moment_makes_the_entry_stale(unknown: Waybill) -> None:
    """The waybill was read as unknown; its attempt was found before that was read, too."""
    store(unknown.attempts.get().pk, Answer(Outcome.BOOKED, waybill_number="ACP00000005"))
    assert unknown.booking_state == "unknown"
    with pytest.raises(booking.Stale):
        booking._attempt_to_number(unknown, "Sipho", "gave the number")
