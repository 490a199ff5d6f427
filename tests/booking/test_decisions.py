"""What people ask and decide: once, on the version they saw, and only when it is open to them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import MaybeSent, NotSent
from shipments import booking, evidence, sending
from shipments.models import Submission, Waybill
from tests.courier import ScriptedBex, answer, booked, refusal, tracked
from tests.making import make_option, make_quote, make_waybill

pytestmark = pytest.mark.django_db


@pytest.fixture
def unknown(asked: Waybill, bex: ScriptedBex) -> Waybill:
    """An attempt without an answer, whose lease is over."""
    bex.on("submit", MaybeSent("no answer in time"), booked("ACP00000002"))
    sending.send(asked.pk)
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=0)
    return Waybill.objects.get(pk=asked.pk)


def now(waybill: Waybill) -> Waybill:
    return Waybill.objects.get(pk=waybill.pk)


def looked_up_twice() -> None:
    for minutes in (2, 4):
        evidence.look_up_due(timezone.now() + timedelta(minutes=minutes))


def test_a_stale_page_changes_nothing(draft: Waybill, booker: User) -> None:
    booking.ask(draft.pk, booker, draft.version)
    for verb in (booking.ask, booking.take_back, booking.release):
        with pytest.raises(booking.Stale):
            verb(draft.pk, booker, draft.version)
    assert now(draft).booking_state == "queued"
    assert draft.decisions.count() == 1


def test_a_queued_waybill_can_be_taken_back(asked: Waybill, booker: User, bex: ScriptedBex) -> None:
    booking.take_back(asked.pk, booker, asked.version)
    sending.send(asked.pk)
    assert now(asked).booking_state == "draft"
    assert bex.sent("submit") == []


def test_what_is_booked_cannot_be_taken_back(asked: Waybill, booker: User, bex: ScriptedBex) -> None:
    sending.send(asked.pk)
    with pytest.raises(booking.NotNow, match="booked"):
        booking.take_back(asked.pk, booker, now(asked).version)


def test_a_corrected_refusal_is_looked_up_and_sent_as_a_new_attempt(
    asked: Waybill, booker: User, bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("No."), booked())
    sending.send(asked.pk)
    booking.ask(asked.pk, booker, now(asked).version)
    sending.send(asked.pk)
    assert now(asked).booking_state == "booked"
    first = asked.attempts.get(number=1)
    assert bex.sent("track") == [{"searchItems": first.reference}]
    assert first.outcome == "refused"


def test_a_refusal_that_followed_a_commit_is_found_before_it_is_sent_again(
    asked: Waybill, booker: User, bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("No."))
    sending.send(asked.pk)
    booking.ask(asked.pk, booker, now(asked).version)
    bex.on("track", tracked(("77", "ACP00000009", [("23-11-2026 10:00", "Shipment integrated to courier system")])))
    sending.send(asked.pk)
    waybill = now(asked)
    assert (waybill.booking_state, waybill.waybill_number) == ("booked", "ACP00000009")
    assert waybill.number_source == "look_up"
    assert len(bex.sent("submit")) == 1


def test_where_the_look_up_fails_this_waybill_alone_is_held(asked: Waybill, booker: User, bex: ScriptedBex) -> None:
    bex.on("submit", refusal("No."))
    sending.send(asked.pk)
    booking.ask(asked.pk, booker, now(asked).version)
    bex.on("track", NotSent("connection refused"))
    sending.send(asked.pk)
    assert (now(asked).booking_state, now(asked).hold_reason) == ("held", "look_up_failed")
    assert len(bex.sent("submit")) == 1


def test_decisions_open_after_the_first_look_ups(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    openness = booking.decisions_open(unknown, timezone.now())
    assert not openness.open
    assert openness.opens_at is not None
    with pytest.raises(booking.NotNow):
        booking.book_again(unknown.pk, booker, unknown.version)
    looked_up_twice()
    assert booking.decisions_open(now(unknown), timezone.now()).open


def test_a_telephone_call_opens_them_at_once_but_not_while_the_lease_runs(
    unknown: Waybill, booker: User, bex: ScriptedBex
) -> None:
    Submission.objects.update(lease_until=timezone.now() + timedelta(minutes=1), lease_until_tick=float("1e12"))
    with pytest.raises(booking.NotNow, match="under way"):
        booking.book_again(unknown.pk, booker, unknown.version, spoke_to="Lindiwe", note="not booked")
    Submission.objects.update(lease_until=timezone.now() - timedelta(minutes=1), lease_until_tick=0)
    waybill = booking.book_again(unknown.pk, booker, unknown.version, spoke_to="Lindiwe", note="not booked")
    assert waybill.booking_state == "queued"


def test_booking_again_makes_a_second_attempt_and_a_late_find_shows_both_numbers(
    unknown: Waybill, booker: User, bex: ScriptedBex
) -> None:
    looked_up_twice()
    booking.book_again(unknown.pk, booker, now(unknown).version)
    sending.send(unknown.pk)
    assert now(unknown).waybill_number == "ACP00000002"
    bex.on("track", tracked(("1", "ACP00000001", [("23-11-2026 10:00", "Shipment integrated to courier system")])))
    evidence.look_up_due(timezone.now() + timedelta(minutes=40))
    numbers = list(unknown.attempts.values_list("waybill_number", flat=True))
    assert numbers == ["ACP00000001", "ACP00000002"]
    assert now(unknown).waybill_number == "ACP00000002"


def test_what_was_abandoned_is_still_looked_up(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    looked_up_twice()
    booking.abandon(unknown.pk, booker, now(unknown).version)
    assert now(unknown).booking_state == "abandoned"
    bex.on("track", tracked(("1", "ACP00000001", [("23-11-2026 10:00", "Shipment integrated to courier system")])))
    evidence.look_up_due(timezone.now() + timedelta(minutes=40))
    assert (now(unknown).booking_state, now(unknown).waybill_number) == ("booked", "ACP00000001")


def test_a_number_that_tracking_shows_is_taken(unknown: Waybill, booker: User, bex: ScriptedBex) -> None:
    looked_up_twice()
    Waybill.objects.update(senders_ref="PO-7")
    seen = [(f"{timezone.localtime():%d-%m-%Y %H:%M}", "Shipment integrated to courier system")]
    bex.on("track", tracked(("1", "ACP00000005", seen), senders_ref="PO-7"))
    waybill = booking.enter_number(unknown.pk, booker, now(unknown).version, "ACP00000005")
    assert (waybill.booking_state, waybill.waybill_number, waybill.number_confirmed) == ("booked", "ACP00000005", True)


def test_a_number_that_nothing_shows_is_taken_on_their_word_only(
    unknown: Waybill, booker: User, bex: ScriptedBex
) -> None:
    looked_up_twice()
    bex.on("labels", refusal("Waybill not found."))
    version = now(unknown).version
    with pytest.raises(booking.NumberNotConfirmed):
        booking.enter_number(unknown.pk, booker, version, "ACP00000005")
    waybill = booking.enter_number(unknown.pk, booker, version, "ACP00000005", on_their_word=True)
    assert (waybill.booking_state, waybill.number_confirmed) == ("booked", False)


def test_a_number_of_another_waybill_is_refused(
    unknown: Waybill, booker: User, bex: ScriptedBex, account: ShippingAccount
) -> None:
    looked_up_twice()
    other = make_waybill(account, booker)
    Waybill.objects.filter(pk=other.pk).update(waybill_number="ACP00000005", booking_state="booked")
    with pytest.raises(booking.NumberTaken):
        booking.enter_number(unknown.pk, booker, now(unknown).version, "ACP00000005")


def test_a_number_that_another_waybill_holds_is_kept_on_the_attempt(
    asked: Waybill, booker: User, bex: ScriptedBex, account: ShippingAccount
) -> None:
    other = make_waybill(account, booker)
    Waybill.objects.filter(pk=other.pk).update(waybill_number="ACP00000001", booking_state="booked")
    sending.send(asked.pk)
    waybill = now(asked)
    assert (waybill.booking_state, waybill.waybill_number) == ("booked", "")
    assert waybill.attempts.get().waybill_number == "ACP00000001"


def test_a_cancellation_names_whom_was_spoken_to(asked: Waybill, booker: User, bex: ScriptedBex) -> None:
    sending.send(asked.pk)
    with pytest.raises(booking.NotNow, match="spoke to"):
        booking.record_cancellation(asked.pk, booker, now(asked).version, "", "")
    waybill = booking.record_cancellation(asked.pk, booker, now(asked).version, "Lindiwe", "will not collect")
    assert waybill.booking_state == "cancelled"


def test_a_senders_reference_that_is_booked_already_is_told_and_not_disclosed(
    asked: Waybill, account: ShippingAccount, coast: ShippingAccount, booker: User, admin: User
) -> None:
    option = make_option(make_quote(coast, admin))
    elsewhere = make_waybill(coast, admin, option=option, senders_ref="PO-1")
    Waybill.objects.filter(pk=elsewhere.pk).update(booking_state="booked")
    mine = make_waybill(account, booker, senders_ref="po-1")
    (duplicate,) = booking.duplicates_of(mine, booker)
    assert (duplicate.waybill, duplicate.state) == (None, "booked")
    (duplicate,) = booking.duplicates_of(mine, admin)
    assert duplicate.waybill == elsewhere


def test_a_held_waybill_goes_on_when_the_new_price_is_agreed_to(
    asked: Waybill, booker: User, bex: ScriptedBex, settings: Any
) -> None:
    from shipments.models import Quote
    from tests.courier import option

    Quote.objects.update(quoted_at=timezone.now() - timedelta(hours=1))
    bex.on("quote", answer({"items": [option(total="260.00")]}))
    sending.send(asked.pk)
    held = now(asked)
    assert held.priced_by is not None
    assert held.priced_by.total is not None
    booking.consent(asked.pk, booker, held.version, held.priced_by.total)
    sending.send(asked.pk)
    assert now(asked).booking_state == "booked"
