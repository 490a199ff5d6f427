"""What a look-up by reference is worth is learnt from bookings that are known to exist."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import MaybeSent, NotSent
from shipments import canaries, sending
from shipments.booking import ask
from shipments.models import Canary, Submission, Waybill
from tests.courier import ScriptedBex, booked, tracked
from tests.making import make_waybill

pytestmark = pytest.mark.django_db
EVENT = [("23-11-2026 10:00", "Shipment integrated to courier system")]
MINUTE = timedelta(minutes=1)


def ask_to_book(waybill: Waybill, person: User) -> Waybill:
    return ask(waybill.pk, person, waybill.version)


@pytest.fixture
def booking(asked: Waybill, bex: ScriptedBex) -> Submission:
    sending.send(asked.pk)
    attempt = asked.attempts.get()
    assert attempt.answered_at is not None
    return attempt


def test_a_booking_is_looked_for_until_it_is_found(booking: Submission, bex: ScriptedBex) -> None:
    assert booking.answered_at is not None
    now = booking.answered_at
    assert canaries.choose(now) == 1
    assert canaries.choose(now) == 0
    bex.on("track", tracked(), tracked(("7", "ACP00000001", EVENT)))
    assert [canaries.look_up_due(now + minutes * MINUTE) for minutes in (0, 1, 2, 3, 4)] == [0, 1, 0, 1, 0]
    assert len(bex.sent("track")) == 2
    worth = canaries.worth(booking.endpoint, now)
    assert (worth.found, worth.missed, worth.waiting, worth.slowest) == (1, 0, 0, 3 * MINUTE)
    assert str(worth) == "found 1 of 1 normal bookings, the slowest after 3\xa0min"


def test_another_shipment_under_the_reference_is_not_it(booking: Submission, bex: ScriptedBex) -> None:
    now = timezone.now()
    canaries.choose(now)
    bex.on("track", tracked(("8", "ACP99999999", EVENT)))
    canaries.look_up_due(now + MINUTE)
    assert canaries.worth(booking.endpoint, now).found == 0


def test_after_a_day_without_it_the_look_up_is_said_not_to_work(booking: Submission, bex: ScriptedBex) -> None:
    now = timezone.now()
    canaries.choose(now)
    assert "has not been seen to work here yet: 1 normal booking is" in str(canaries.worth(booking.endpoint, now))
    later = now
    bex.on("track", *[tracked() for _ in range(40)])
    for _ in range(40):
        due = Canary.objects.get().next_look_up_at
        if due is None:
            break
        later = due
        canaries.look_up_due(later)
    assert timedelta(hours=23) < later - now <= timedelta(hours=25)
    assert len(bex.sent("track")) == 4 + 24
    assert "has never been seen to work here: it found none of 1 normal" in str(canaries.worth(booking.endpoint, later))


def test_a_look_up_without_an_answer_is_not_counted(booking: Submission, bex: ScriptedBex) -> None:
    now = timezone.now()
    canaries.choose(now)
    bex.on("track", NotSent("refused"), tracked(("7", "ACP00000001", EVENT)))
    canaries.look_up_due(now + MINUTE)
    assert Canary.objects.get().look_ups_done == 0
    assert canaries.look_up_due(now + 2 * MINUTE) == 0
    assert canaries.look_up_due(now + 4 * MINUTE) == 1
    assert canaries.worth(booking.endpoint, now).found == 1


def test_a_few_a_day_at_each_endpoint_are_enough(account: ShippingAccount, booker: User, bex: ScriptedBex) -> None:
    for number in range(7):
        waybill = ask_to_book(make_waybill(account, booker), booker)
        bex.on("submit", booked(f"ACP0000010{number}"))
        sending.send(waybill.pk)
    now = timezone.now()
    assert canaries.choose(now) == canaries.MOST_A_DAY
    assert canaries.choose(now) == 0


def test_what_a_person_or_a_look_up_said_is_no_canary(booking: Submission) -> None:
    Submission.objects.update(number_source="look_up")
    assert canaries.choose(timezone.now()) == 0


def test_another_endpoint_has_learnt_nothing(booking: Submission) -> None:
    canaries.choose(timezone.now())
    assert str(canaries.worth("https://api.bex.co.za", timezone.now())) == (
        "has never been tried here on a normal booking"
    )


def test_the_page_of_an_unknown_outcome_says_what_nothing_is_worth(
    booking: Submission, as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex, settings: Any
) -> None:
    lost = ask_to_book(make_waybill(account, booker), booker)
    bex.on("submit", MaybeSent("no answer in time"))
    sending.send(lost.pk)
    page = reverse("waybill", args=[lost.pk])
    assert "has never been tried here on a normal booking. Until it has" in as_booker.get(page).content.decode()
    now = timezone.now()
    canaries.choose(now)
    bex.on("track", tracked(("7", "ACP00000001", EVENT)))
    canaries.look_up_due(now + MINUTE)
    assert "this kind of look-up found 1 of 1 normal bookings" in as_booker.get(page).content.decode()
