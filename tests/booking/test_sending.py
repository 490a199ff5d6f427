"""One sending, whatever BEX does: the attempt's outcome and the waybill's state that must follow."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Grant, Identity, ShippingAccount, User
from bexapi import MaybeSent, NotSent, WireResponse
from shipments import booking, sending
from shipments.models import JournalMark, Price, Quote, QuoteOption, SendingHold, Submission, Waybill
from tests.courier import ScriptedBex, answer, booked, option, refusal

pytestmark = pytest.mark.django_db


def send(waybill: Waybill) -> Waybill:
    sending.send(waybill.pk)
    return Waybill.objects.get(pk=waybill.pk)


def test_an_answer_with_a_number_books(asked: Waybill, bex: ScriptedBex) -> None:
    waybill = send(asked)
    attempt = waybill.attempts.get()
    assert (waybill.booking_state, waybill.waybill_number) == ("booked", "ACP00000001")
    assert (attempt.outcome, attempt.next_look_up_at) == ("booked", None)
    assert waybill.prices.get(kind=Price.Kind.BOOKED).total == Decimal("230.00")
    assert waybill.tracking_due_at is not None


def test_what_is_sent_is_what_the_attempt_keeps(asked: Waybill, bex: ScriptedBex) -> None:
    attempt = send(asked).attempts.get()
    (sent,) = bex.sent("submit")
    assert sent == attempt.payload
    assert sent["additionalReferences"][0] == {"value": attempt.reference}
    assert sent["receiverCompany"] == "O'Brien & Söhne #5 + 3%"


def test_what_is_booked_is_not_sent_again(asked: Waybill, bex: ScriptedBex) -> None:
    send(asked)
    send(asked)
    assert len(bex.sent("submit")) == 1


def test_a_warning_beside_the_number_is_a_booking(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", booked(ex="Collection after 15:00 is not guaranteed."))
    waybill = send(asked)
    assert waybill.booking_state == "booked"
    assert waybill.booking_warning == "Collection after 15:00 is not guaranteed."


@pytest.mark.parametrize(
    ("sent", "kept"), [("86.399999999999991", "86.40"), ("0.125", "0.13"), ("99999999999.99", "None")]
)
def test_a_price_is_rounded_to_the_cent_and_never_stands_in_a_bookings_way(
    asked: Waybill, bex: ScriptedBex, sent: str, kept: str
) -> None:
    bex.on("submit", booked(total=sent))
    waybill = send(asked)
    assert waybill.booking_state == "booked"
    assert str(waybill.prices.get(kind=Price.Kind.BOOKED).total) == kept


def test_a_refusal_waits_for_a_correction_and_is_looked_up(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", refusal("Receiver street is invalid."))
    waybill = send(asked)
    attempt = waybill.attempts.get()
    assert waybill.booking_state == "rejected"
    assert (attempt.outcome, attempt.refusal) == ("refused", "Receiver street is invalid.")
    assert attempt.next_look_up_at is not None


@pytest.mark.parametrize(
    "reply",
    [
        MaybeSent("no answer in time"),
        answer("", status=500),
        answer("", status=502),
        answer("", status=408),
        answer("", status=302),
        answer("<html>Service unavailable</html>", content_type="text/html"),
        answer('{"items": [{"waybillNum'),
        answer(""),
        answer({}),
        answer({"items": []}),
    ],
    ids=["no answer", "500", "502", "408", "302", "html", "truncated", "empty", "no result", "no items"],
)
def test_no_usable_answer_is_an_unknown_outcome_that_is_never_sent_again(
    asked: Waybill, bex: ScriptedBex, reply: Any
) -> None:
    bex.on("submit", reply)
    waybill = send(asked)
    assert waybill.booking_state == "unknown"
    assert waybill.attempts.get().outcome == "lost"
    assert waybill.attempts.get().next_look_up_at is not None
    send(asked)
    assert len(bex.sent("submit")) == 1


def test_what_surely_did_not_leave_is_tried_again_later(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", NotSent("connection refused"), booked())
    waybill = send(asked)
    assert waybill.booking_state == "queued"
    assert waybill.send_after is not None
    assert waybill.send_after > timezone.now() - timedelta(seconds=1)
    Waybill.objects.update(send_after=None)
    waybill = send(asked)
    assert waybill.booking_state == "booked"
    assert list(waybill.attempts.values_list("outcome", flat=True)) == ["not_sent", "booked"]


def test_a_wait_that_a_wrong_clock_wrote_does_not_bind_when_it_is_right_again(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", NotSent("connection refused"), booked())
    with time_machine.travel(timezone.now() + timedelta(minutes=12), tick=True):
        assert send(asked).booking_state == "queued"
    assert sending.waiting_to_be_sent(timezone.now()) == [asked.pk]
    assert send(asked).booking_state == "booked"


def test_a_wait_that_bex_asks_for_is_kept(asked: Waybill, bex: ScriptedBex) -> None:
    busy = answer({"ex": "busy"}, status=429)
    bex.on("submit", type(busy)(status=429, headers={"Retry-After": "120"}, body=b""))
    waybill = send(asked)
    assert waybill.booking_state == "queued"
    assert waybill.send_after is not None
    assert waybill.send_after - timezone.now() > timedelta(seconds=100)
    send(asked)
    assert len(bex.sent("submit")) == 1


def test_after_five_tries_a_person_is_asked(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", NotSent("connection refused"))
    for _ in range(7):
        Waybill.objects.update(send_after=None)
        waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", "too_many_tries")
    assert len(bex.sent("submit")) == 5


def test_every_attempt_has_a_reference_of_its_own(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", NotSent("refused"), NotSent("refused"), booked())
    for _ in range(3):
        Waybill.objects.update(send_after=None)
        send(asked)
    references = set(Submission.objects.values_list("reference", flat=True))
    assert len(references) == 3


def test_where_additional_references_are_never_found_the_senders_reference_carries_it(
    asked: Waybill, bex: ScriptedBex, settings: Any
) -> None:
    settings.REFERENCE_IN_SENDERS_REF = True
    Waybill.objects.update(senders_ref="SO-7", references=["PO-1"])
    attempt = send(asked).attempts.get()
    (wire,) = bex.sent("submit")
    assert wire["sendersRef"] == attempt.reference
    assert [one["value"] for one in wire["additionalReferences"]] == ["SO-7", "PO-1"]


def test_the_journal_has_a_line_before_and_one_after(asked: Waybill, bex: ScriptedBex, journal_dir: Any) -> None:
    attempt = send(asked).attempts.get()
    text = "".join(path.read_text() for path in journal_dir.glob("*.journal"))
    assert [f'"kind":"{kind}"' in text for kind in ("sending", "answered")] == [True, True]
    assert attempt.reference in text
    assert "ACP00000001" in text
    assert not any(personal in text for personal in ("Söhne", "S\\u00f6hne", "Dorp", "0837654321", "anneke"))


def test_without_a_journal_nothing_is_sent_and_it_goes_on_when_it_is_back(
    asked: Waybill, bex: ScriptedBex, settings: Any, tmp_path: Any
) -> None:
    good = settings.JOURNAL_DIR
    (tmp_path / "a file").write_text("")
    settings.JOURNAL_DIR = str(tmp_path / "a file" / "journal")
    waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", "journal")
    assert bex.sent("submit") == []
    settings.JOURNAL_DIR = good
    from shipments.resuming import resume_what_may_go_on

    assert resume_what_may_go_on() == 1
    assert send(asked).booking_state == "booked"


def test_without_the_key_of_its_token_it_waits_until_the_key_is_back(
    asked: Waybill, bex: ScriptedBex, settings: Any
) -> None:
    from shipments.resuming import resume_what_may_go_on

    good = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [b"another key of thirty-two bytes!"]
    waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", "account_paused")
    assert resume_what_may_go_on() == 0
    settings.FIELD_ENCRYPTION_KEYS = good
    assert resume_what_may_go_on() == 1
    assert send(asked).booking_state == "booked"


def test_another_journal_stops_all_sending(asked: Waybill, bex: ScriptedBex) -> None:
    JournalMark.objects.create(journal_id="the journal of yesterday")
    assert send(asked).booking_state == "queued"
    assert bex.sent("submit") == []
    assert SendingHold.objects.get().reason == "journal"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda w: ShippingAccount.objects.update(state="paused"), "account_paused"),
        (lambda w: Identity.objects.update(paused_at=timezone.now()), "account_paused"),
        (lambda w: Identity.objects.update(sealed_token=""), "account_paused"),
        (lambda w: Grant.objects.all().delete(), "grant_ended"),
        (
            lambda w: Waybill.objects.update(collection_date=timezone.localdate() - timedelta(days=1)),
            "collection_passed",
        ),
    ],
    ids=["account paused", "identity paused", "no token", "grant gone", "collection date passed"],
)
def test_rules_are_checked_again_before_sending(asked: Waybill, bex: ScriptedBex, spoil: Any, reason: str) -> None:
    spoil(asked)
    waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", reason)
    assert bex.sent("submit") == []


def make_stale() -> None:
    Quote.objects.update(quoted_at=timezone.now() - timedelta(minutes=16))


def test_an_old_price_is_asked_again_and_goes_on_when_it_is_no_dearer(asked: Waybill, bex: ScriptedBex) -> None:
    make_stale()
    soon = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S")
    bex.on("quote", answer({"items": [option(total="229.99", scheduledDeliveryDateAndTime=soon)]}))
    waybill = send(asked)
    assert waybill.booking_state == "booked"
    assert waybill.priced_by is not None
    assert waybill.priced_by.total == Decimal("229.99")
    assert waybill.quote_option != waybill.priced_by


def test_a_dearer_price_is_asked_about(asked: Waybill, bex: ScriptedBex) -> None:
    make_stale()
    bex.on("quote", answer({"items": [option(total="230.01")]}))
    waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", "price_rose")
    assert bex.sent("submit") == []


def test_a_later_promise_is_asked_about(asked: Waybill, bex: ScriptedBex) -> None:
    make_stale()
    bex.on("quote", answer({"items": [option(total="229.99", scheduledDeliveryDateAndTime="2030-01-08 12:00:00")]}))
    assert send(asked).hold_reason == "promised_later"


def test_a_price_that_bex_does_not_answer_about_is_asked_again_by_itself(asked: Waybill, bex: ScriptedBex) -> None:
    make_stale()
    Waybill.objects.update(promised_by=None, consented_promise=None)
    bex.on("quote", answer("", status=503))
    waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("queued", "")
    assert bex.sent("submit") == []
    bex.on("quote", answer({"items": [option()]}))
    assert send(asked).booking_state == "queued"  # not at once: BEX gets time
    Waybill.objects.update(send_after=timezone.now())
    assert send(asked).booking_state == "booked"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [(refusal("No rates for this suburb."), "pricing_refused"), (answer({"items": [option("NCA")]}), "not_offered")],
)
def test_a_price_that_bex_refuses_is_asked_about_in_its_words(
    asked: Waybill, bex: ScriptedBex, as_booker: Client, reply: WireResponse, reason: str
) -> None:
    make_stale()
    bex.on("quote", reply, *([answer({"items": [option()]})] if reason == "pricing_refused" else []))
    waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", reason)
    page = as_booker.get(reverse("waybill", args=[asked.pk])).content.decode()
    assert ("No rates for this suburb." in page) == (reason == "pricing_refused")


def test_a_moment_to_try_again_that_a_wrong_clock_wrote_holds_nothing_up(asked: Waybill, bex: ScriptedBex) -> None:
    Waybill.objects.update(send_after=timezone.now() + timedelta(days=30))
    assert sending.waiting_to_be_sent(timezone.now()) == [asked.pk]
    assert send(asked).booking_state == "booked"


def test_a_cut_off_that_passed_during_a_try_is_asked_about(asked: Waybill, bex: ScriptedBex) -> None:
    QuoteOption.objects.update(cut_off=timezone.now() + timedelta(minutes=5))
    bex.on("submit", NotSent("the connection was refused"), booked())
    assert send(asked).booking_state == "queued"
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", "cut_off_passed")


def test_a_later_promise_is_told_with_a_higher_price_and_both_are_agreed_to(
    asked: Waybill, bex: ScriptedBex, booker: User, as_booker: Client
) -> None:
    make_stale()
    later = (timezone.localtime() + timedelta(days=20)).strftime("%Y-%m-%d 17:00:00")
    bex.on("quote", answer({"items": [option(total="300.00", scheduledDeliveryDateAndTime=later)]}))
    waybill = send(asked)
    assert waybill.hold_reason == "price_rose"
    assert "It also promises" in as_booker.get(reverse("waybill", args=[asked.pk])).content.decode()
    booking.consent(asked.pk, booker, waybill.version, Decimal("300.00"))
    make_stale()
    assert send(asked).booking_state == "booked"


@pytest.mark.parametrize("total", ["301.00", "99999999999999999"])
def test_only_the_price_that_is_shown_is_agreed_to(
    asked: Waybill, bex: ScriptedBex, as_booker: Client, total: str
) -> None:
    make_stale()
    bex.on("quote", answer({"items": [option(total="300.00")]}))
    waybill = send(asked)
    as_booker.post(reverse("waybill-consent", args=[asked.pk]), {"version": waybill.version, "total": total})
    waybill.refresh_from_db()
    assert (waybill.booking_state, waybill.consented_total) == ("held", Decimal("230.00"))
    assert as_booker.get(reverse("waybills")).status_code == 200


def test_who_sees_no_prices_raises_no_limit(asked: Waybill, bex: ScriptedBex, priceless_booker: User) -> None:
    Waybill.objects.update(max_total=Decimal("230.00"))
    make_stale()
    bex.on("quote", answer({"items": [option(total="240.00")]}))
    waybill = send(asked)
    assert waybill.hold_reason == "price_rose"
    booking.ask(asked.pk, priceless_booker, waybill.version)
    assert send(asked).hold_reason == "price_rose"
    assert bex.sent("submit") == []


def test_parcels_that_changed_are_priced_again(asked: Waybill, bex: ScriptedBex) -> None:
    asked.parcels.update(weight_kg=Decimal("9.00"))
    bex.on("quote", answer({"items": [option(total="300.00")]}))
    waybill = send(asked)
    assert (waybill.booking_state, waybill.hold_reason) == ("held", "price_rose")
    assert bex.sent("quote")[0]["totalWeight"] == 9


def test_nothing_personal_is_logged(asked: Waybill, bex: ScriptedBex, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    bex.on("submit", refusal("Receiver O'Brien & Söhne #5 + 3% is unknown."))
    send(asked)
    assert "attempt 1" in caplog.text
    assert not any(text in caplog.text for text in ("Brien", "Söhne", "Dorp", "planted-token", "083"))
