"""While BEX asks to wait or does not answer, bookings stay queued: none is held for it, none lost, no try used up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts import gateway, pacing
from accounts.models import Pace, ShippingAccount, User
from bexapi import MaybeSent, NotSent, WireResponse
from shipments import booking, evidence, quoting, sending
from shipments.models import LookUp, Quote, Submission, Waybill
from tests.booking.processes import let_the_lease_end
from tests.courier import ScriptedBex, answer, booked
from tests.making import make_waybill

pytestmark = pytest.mark.django_db
Ask = Callable[[], Waybill]
BUSY = WireResponse(status=429, headers={"Retry-After": "30"}, body=b"")


@pytest.fixture
def ask(account: ShippingAccount, booker: User) -> Ask:
    def make() -> Waybill:
        waybill = make_waybill(account, booker)
        return booking.ask(waybill.pk, booker, waybill.version)

    return make


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


def as_it_was(waybill: Waybill) -> bool:
    row = Waybill.objects.get(pk=waybill.pk)
    return (row.booking_state, row.version, row.send_after) == ("queued", waybill.version, None)


def test_an_outage_holds_no_waybill_and_loses_nothing(bex: ScriptedBex, ask: Ask) -> None:
    """However often the sweep rings for them."""
    waybills = [ask() for _ in range(9)]
    for call in ("submit", "track"):
        bex.on(call, NotSent("connection refused"))
    for seconds in range(0, 600, 10):
        with later(seconds):
            for pk in sending.waiting_to_be_sent(timezone.now()):
                sending.send(pk)
    assert set(Waybill.objects.values_list("booking_state", "hold_reason")) == {("queued", "")}
    assert Submission.objects.count() == len(bex.sent("submit")) == pacing.FAILURES_THAT_OPEN
    assert len(bex.sent("track")) < 15
    bex.on("submit", *[booked(f"ACP{number}") for number in range(9)])
    bex.on("track", answer({"items": []}))
    for seconds in (700, 800):
        with later(seconds):
            for pk in sending.waiting_to_be_sent(timezone.now()):
                sending.send(pk)
    assert set(Waybill.objects.values_list("booking_state", flat=True)) == {"booked"}
    assert len({*Waybill.objects.values_list("waybill_number", flat=True)}) == len(waybills)
    assert not Pace.objects.exclude(opened_at=None).exists()


def test_what_has_no_turn_stays_as_it_was(bex: ScriptedBex, ask: Ask, settings: Any, account: ShippingAccount) -> None:
    settings.BEX_CONCURRENCY = 1
    waybill = ask()
    with gateway.turn_at("https://elsewhere.example", "quote"), gateway.turn_at(account.endpoint, "quote"):
        pass
    with gateway.turn_at(account.endpoint, "quote"):
        sending.send(waybill.pk)
    assert as_it_was(waybill)
    assert not Submission.objects.exists()
    sending.send(waybill.pk)
    assert Waybill.objects.get().booking_state == "booked"


def test_bookings_that_bex_puts_off_use_up_no_tries(bex: ScriptedBex, ask: Ask) -> None:
    waybill = ask()
    bex.on("submit", *[BUSY] * 7, booked())
    for minute in range(8):
        with later(minute * 120):
            sending.send(waybill.pk)
    waybill.refresh_from_db()
    assert waybill.booking_state == "booked"
    assert waybill.attempts.filter(outcome="not_sent").count() == 7


def test_a_429_puts_off_every_other_booking(bex: ScriptedBex, ask: Ask) -> None:
    first, second = ask(), ask()
    bex.on("submit", BUSY, booked("ACP1"), booked("ACP2"))
    sending.send(first.pk)
    sending.send(second.pk)
    assert as_it_was(second)
    with later(31):
        sending.send(second.pk)
    assert Waybill.objects.get(pk=second.pk).booking_state == "booked"


def test_a_price_that_bex_is_too_busy_to_tell_holds_nothing(bex: ScriptedBex, ask: Ask) -> None:
    waybill = ask()
    Quote.objects.update(quoted_at=timezone.now() - timedelta(minutes=16))
    bex.on("quote", BUSY)
    sending.send(waybill.pk)
    assert as_it_was(waybill)


def test_a_look_up_that_bex_is_too_busy_for_holds_nothing(bex: ScriptedBex, ask: Ask, booker: User) -> None:
    waybill = ask()
    bex.on("submit", MaybeSent("timed out"))
    sending.send(waybill.pk)
    let_the_lease_end()
    waybill = Waybill.objects.get()
    waybill = booking.book_again(waybill.pk, booker, waybill.version, spoke_to="Lerato", note="not there")
    bex.on("track", BUSY)
    sending.send(waybill.pk)
    assert as_it_was(waybill)
    assert not LookUp.objects.exists()


def test_look_ups_without_a_turn_are_not_counted(bex: ScriptedBex, ask: Ask) -> None:
    for _ in range(2):
        bex.on("submit", MaybeSent("timed out"))
        sending.send(ask().pk)
    bex.on("track", BUSY)
    with later(120):
        assert evidence.look_up_due(timezone.now()) == 0
    assert len(bex.sent("track")) == 1
    assert not LookUp.objects.exists()
    bex.on("track", answer({"items": []}))
    with later(300):
        assert evidence.look_up_due(timezone.now()) == 2


def test_what_waits_past_its_day_is_asked_about_even_in_an_outage(bex: ScriptedBex, ask: Ask) -> None:
    waybill = ask()
    Waybill.objects.update(collection_date=timezone.localdate() - timedelta(days=1))
    Pace.objects.create(
        endpoint=waybill.endpoint, service="booking", failures=9, opened_at=timezone.now(),
        trial_at=timezone.now() + timedelta(seconds=40),
    )  # fmt: skip
    sending.send(waybill.pk)
    assert Waybill.objects.get().hold_reason == "collection_passed"


def test_a_person_who_asks_for_a_price_is_told_why_there_is_none(
    bex: ScriptedBex, account: ShippingAccount, booker: User, ask: Ask
) -> None:
    quote = make_waybill(account, booker).quote_option.quote  # type: ignore[union-attr]
    pacing.learn(account.endpoint, [], [30.0], pacing.Standing("quotes"))
    again = quoting.price_again(quote, booker)
    assert (again.state, again.failure) == ("unanswered", "BEX asks to wait")
    assert bex.requests == []
