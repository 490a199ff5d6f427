"""A refusal that was about the account or its token is told from one of the shipment, and is never just sent again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Identity, ShippingAccount, User
from shipments import booking, releasing, resuming, sending
from shipments.models import Canary, Submission, Waybill
from tests.courier import ScriptedBex, answer, booked, option, refusal, tracked

pytestmark = pytest.mark.django_db
WORDS = "Account number is not registered for transactions with this token."
GOOD = answer({"items": [option()]})
MINUTE = timedelta(minutes=1)


def send(waybill: Waybill) -> Waybill:
    sending.send(waybill.pk)
    return Waybill.objects.select_related("account").get(pk=waybill.pk)


@pytest.fixture
def refused(asked: Waybill, bex: ScriptedBex) -> Waybill:
    """Refused in the words with which every quote under its account is refused."""
    bex.on("submit", refusal(WORDS), booked())
    bex.on("quote", refusal(WORDS), refusal(WORDS), GOOD)
    return send(asked)


def works_again() -> None:
    ShippingAccount.objects.update(state="active", paused_reason="")
    Identity.objects.update(paused_at=None)


def look_ups_work_here(attempt: Submission, *, took: timedelta) -> None:
    """A normal booking was once found by its reference, so long after."""
    before = timezone.now() - timedelta(days=1)
    Canary.objects.create(attempt=attempt, endpoint=attempt.endpoint, booked_at=before, found_at=before + took)


def years_pass(attempt: Submission, **ago: float) -> None:
    Submission.objects.filter(pk=attempt.pk).update(
        claimed_at=timezone.now() - timedelta(**ago), look_ups_done=2, next_look_up_at=None
    )


def test_one_refused_trial_quote_is_no_proof(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", refusal(WORDS))
    bex.on("quote", refusal(WORDS), GOOD)
    waybill = send(asked)
    assert (waybill.booking_state, waybill.account.state) == ("rejected", "active")
    assert len(bex.sent("quote")) == 2


def test_other_words_than_the_trial_quotes_were_about_the_shipment(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", refusal("Receiver street is invalid."))
    bex.on("quote", refusal(WORDS))
    waybill = send(asked)
    assert (waybill.booking_state, waybill.account.state) == ("rejected", "paused")


def test_it_waits_while_a_look_up_cannot_tell(refused: Waybill, bex: ScriptedBex) -> None:
    assert (refused.booking_state, refused.hold_reason) == ("held", "access_refused")
    works_again()
    attempt = refused.attempts.get()
    years_pass(attempt, days=2)
    assert resuming.resume_what_may_go_on() == 0  # no such look-up was ever seen to work
    look_ups_work_here(attempt, took=10 * MINUTE)
    years_pass(attempt, minutes=15)
    assert resuming.resume_what_may_go_on() == 0  # it took others ten minutes to show
    Submission.objects.update(look_ups_done=1)
    Submission.objects.update(claimed_at=timezone.now() - 25 * MINUTE)
    assert resuming.resume_what_may_go_on() == 0  # and it was hardly looked for


def test_it_goes_on_by_itself_once_surely_nothing_is_there(refused: Waybill, bex: ScriptedBex) -> None:
    attempt = refused.attempts.get()
    look_ups_work_here(attempt, took=10 * MINUTE)
    years_pass(attempt, minutes=25)
    assert resuming.resume_what_may_go_on() == 0  # its account stands still
    works_again()
    assert resuming.resume_what_may_go_on() == 1
    assert send(refused).booking_state == "booked"
    assert len(bex.sent("track")) == 1  # looked up once more before it was sent


def test_what_had_been_booked_all_the_same_is_found_and_not_sent_again(refused: Waybill, bex: ScriptedBex) -> None:
    attempt = refused.attempts.get()
    look_ups_work_here(attempt, took=10 * MINUTE)
    years_pass(attempt, minutes=25)
    works_again()
    resuming.resume_what_may_go_on()
    event = [("23-11-2026 10:00", "Shipment integrated to courier system")]
    bex.on("track", tracked(("7", "ACP00000042", event)))
    waybill = send(refused)
    assert (waybill.booking_state, waybill.waybill_number) == ("booked", "ACP00000042")
    assert len(bex.sent("submit")) == 1


def test_somebody_who_telephoned_lets_it_go_at_once(refused: Waybill, booker: User, bex: ScriptedBex) -> None:
    works_again()
    assert len(releasing.release(booker, {refused.pk: refused.version}).released) == 1
    assert send(refused).booking_state == "booked"


def test_its_page_says_what_it_waits_for(refused: Waybill, as_booker: Client) -> None:
    page = as_booker.get(reverse("waybill", args=[refused.pk])).content.decode()
    assert "BEX refused it in the words with which it refuses everything" in page


def test_it_can_be_corrected_and_booked(refused: Waybill, booker: User, bex: ScriptedBex) -> None:
    works_again()
    booking.ask(refused.pk, booker, refused.version)
    assert send(refused).booking_state == "booked"
