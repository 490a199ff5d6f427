"""Leases that end, answers that come late or stand in the journal only, and look-ups by reference."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import leases
from accounts.models import ShippingAccount, User
from bexapi import Deadline, NotSent, WireRequest, WireResponse
from shipments import booking, evidence, journal, sending
from shipments.answers import Answer, store
from shipments.models import LookUp, Submission, Waybill
from shipments.models.attempts import Outcome
from tests.courier import ScriptedBex, answer, booked, tracked
from tests.making import make_waybill

pytestmark = pytest.mark.django_db
EVENT = [("23-11-2026 10:00", "Shipment integrated to courier system")]


@pytest.fixture
def claimed(asked: Waybill) -> Submission:
    """A worker was killed right after it committed its claim."""
    waybill = sending._waiting(asked.pk)
    assert waybill is not None
    claim = sending._claim(waybill)
    assert claim is not None
    return claim[0]


def let_the_lease_end() -> None:
    Submission.objects.update(lease_until=timezone.now() - timedelta(seconds=1), lease_until_tick=leases.tick() - 1)


def state(attempt: Submission) -> tuple[str, str, str]:
    attempt.refresh_from_db()
    waybill = Waybill.objects.get(pk=attempt.waybill_id)
    return attempt.outcome, waybill.booking_state, waybill.waybill_number


def test_a_lease_that_runs_is_left_alone(claimed: Submission) -> None:
    assert evidence.end_leases() == 0
    assert state(claimed) == ("claimed", "submitting", "")


def test_a_lease_that_ended_makes_the_outcome_unknown(claimed: Submission) -> None:
    let_the_lease_end()
    assert evidence.end_leases() == 1
    assert state(claimed) == ("lost", "unknown", "")
    assert evidence.end_leases() == 0


def test_a_lease_of_another_boot_is_over_unless_the_servers_clock_rules(claimed: Submission) -> None:
    Submission.objects.update(lease_boot_id="another boot")
    assert evidence.end_leases() == (0 if connection.vendor == "postgresql" else 1)


def test_the_lease_outlives_the_deadline(settings: Any) -> None:
    assert leases.length().total_seconds() > settings.BEX_DEADLINE


def test_a_late_answer_counts(claimed: Submission) -> None:
    let_the_lease_end()
    evidence.end_leases()
    store(claimed.pk, Answer(Outcome.BOOKED, waybill_number="ACP00000003"))
    assert state(claimed) == ("booked", "booked", "ACP00000003")


def test_a_sender_that_wakes_up_late_and_sent_nothing_puts_it_back_in_the_queue(claimed: Submission) -> None:
    let_the_lease_end()
    evidence.end_leases()
    store(claimed.pk, Answer(Outcome.NOT_SENT, reason="too late to begin"))
    assert state(claimed) == ("not_sent", "queued", "")


@pytest.mark.parametrize("decide", [booking.book_again, booking.abandon], ids=["booked again", "abandoned"])
def test_a_late_not_sent_changes_nothing_that_a_person_decided_since(
    claimed: Submission, booker: User, decide: Callable[..., Waybill]
) -> None:
    let_the_lease_end()
    evidence.end_leases()
    waybill = Waybill.objects.get(pk=claimed.waybill_id)
    decided = decide(waybill.pk, booker, waybill.version, spoke_to="Lindiwe", note="Not booked")
    store(claimed.pk, Answer(Outcome.NOT_SENT, reason="too late to begin"))
    assert state(claimed) == ("not_sent", decided.booking_state, "")
    assert Waybill.objects.get(pk=waybill.pk).asked_at == decided.asked_at


def test_an_answer_that_only_the_journal_holds_is_read_from_it(claimed: Submission) -> None:
    journal.sending(str(claimed.pk), reference=claimed.reference)
    journal.answered(str(claimed.pk), "booked", waybill_number="ACP00000004", money={"total": "230.00"})
    let_the_lease_end()
    evidence.end_leases()
    assert state(claimed) == ("booked", "booked", "ACP00000004")
    waybill = Waybill.objects.get(pk=claimed.waybill_id)
    assert waybill.number_source == "journal"
    assert waybill.prices.get().total == Decimal("230.00")


def test_a_late_sender_sends_nothing(asked: Waybill, bex: ScriptedBex) -> None:
    def frozen(request: WireRequest) -> WireResponse:
        assert isinstance(request.deadline, Deadline)
        raise NotSent("too late to begin")  # what the transport says when the deadline passed before the first byte

    bex.on("submit", frozen)
    sending.send(asked.pk)
    assert Waybill.objects.get(pk=asked.pk).booking_state == "queued"


def lost(attempt: Submission) -> Submission:
    let_the_lease_end()
    evidence.end_leases()
    attempt.refresh_from_db()
    return attempt


def at(minutes: float) -> int:
    return evidence.look_up_due(timezone.now() + timedelta(minutes=minutes))


def test_one_shipment_with_a_number_is_evidence(claimed: Submission, bex: ScriptedBex) -> None:
    attempt = lost(claimed)
    bex.on("track", tracked(("77", "ACP00000006", EVENT)))
    assert at(2) == 1
    assert bex.sent("track") == [{"searchItems": attempt.reference}]
    assert state(attempt) == ("booked", "booked", "ACP00000006")
    assert at(60) == 0


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (answer({"items": []}), "nothing"),
        (tracked(("1", "ACP1", EVENT), ("2", "ACP2", EVENT)), "several"),
        (tracked(("1", "", EVENT)), "no_number"),
        (NotSent("refused"), "failed"),
        (answer("", status=500), "failed"),
    ],
)
def test_anything_else_is_kept_and_never_taken(claimed: Submission, bex: ScriptedBex, reply: Any, result: str) -> None:
    attempt = lost(claimed)
    bex.on("track", reply)
    at(2)
    assert LookUp.objects.get().result == result
    assert state(attempt) == ("lost", "unknown", "")
    attempt.refresh_from_db()
    assert attempt.next_look_up_at is not None
    assert attempt.look_ups_done == (0 if result == "failed" else 1)


def test_a_number_that_another_waybill_holds_is_not_taken(
    claimed: Submission, bex: ScriptedBex, account: ShippingAccount, booker: User
) -> None:
    attempt = lost(claimed)
    other = make_waybill(account, booker)
    Waybill.objects.filter(pk=other.pk).update(waybill_number="ACP1", booking_state="booked")
    bex.on("track", tracked(("1", "ACP1", EVENT)))
    at(2)
    assert LookUp.objects.get().result == "taken"
    assert state(attempt) == ("lost", "unknown", "")


def test_it_is_looked_up_on_schedule_and_alone(claimed: Submission, bex: ScriptedBex) -> None:
    lost(claimed)
    assert [at(minutes) for minutes in (0.5, 1.5, 2, 3.5, 11, 31, 61)] == [0, 1, 0, 1, 1, 1, 1]
    assert all("," not in body["searchItems"] for body in bex.sent("track"))


def test_look_ups_that_come_late_are_not_made_up_for_in_a_row(claimed: Submission, bex: ScriptedBex) -> None:
    """A refusal is looked up four times only: not four times in one minute, after an hour without a worker."""
    store(claimed.pk, Answer(Outcome.REFUSED))
    bex.on("track", tracked())
    assert [at(minutes) for minutes in (60, 60.5, 61)] == [1, 0, 0]
    assert [at(minutes) for minutes in (62.1, 63, 69.2, 89.3)] == [1, 0, 1, 1]
    claimed.refresh_from_db()
    assert claimed.next_look_up_at is None


def test_an_answer_that_the_database_would_not_take_is_found_at_the_next_look_up(
    claimed: Submission, bex: ScriptedBex
) -> None:
    attempt = lost(claimed)
    journal.sending(str(attempt.pk))
    journal.answered(str(attempt.pk), "booked", waybill_number="ACP00000008")
    at(2)
    assert state(attempt) == ("booked", "booked", "ACP00000008")
    assert bex.sent("track") == []


def test_the_booked_reply_of_a_sender_is_stored_once(asked: Waybill, bex: ScriptedBex) -> None:
    bex.on("submit", booked("ACP00000010"))
    sending.send(asked.pk)
    attempt = Submission.objects.get()
    assert store(attempt.pk, Answer(Outcome.BOOKED, waybill_number="ACP00000010")) is False
    assert Waybill.objects.get(pk=asked.pk).prices.count() == 1
