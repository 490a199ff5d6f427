"""Leases that end, answers that come late or stand in the journal only, and look-ups by reference."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import leases
from accounts.models import ShippingAccount, User
from bexapi import Deadline, NotSent, WireRequest, WireResponse
from shipments import booking, evidence, journal, sending
from shipments.answers import Answer, store
from shipments.attention import cases
from shipments.models import Learnt, LookUp, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.kept import Kept
from shipments.models.waybills import NumberSource
from tests.courier import ScriptedBex, answer, booked, refusal, tracked
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
    assert store(attempt.pk, Answer(Outcome.BOOKED, waybill_number="ACP00000010"))
    waybill = Waybill.objects.get(pk=asked.pk)
    assert (waybill.prices.count(), attempt.learnt.count(), waybill.booked_twice) == (1, 1, False)


# --- what comes after a number is known ------------------------------------------------------------------------------
def test_the_late_answer_completes_what_a_look_up_found(claimed: Submission) -> None:
    store(claimed.pk, Answer(Outcome.LOST, reason="No answer."))
    store(claimed.pk, Answer(Outcome.BOOKED, waybill_number="ACP8", source=NumberSource.LOOK_UP))
    money: dict[str, Decimal | None] = {"total": Decimal("230.00")}
    store(claimed.pk, Answer(Outcome.BOOKED, waybill_number="acp8", money=money, raw="{}", warning="Remark."))
    waybill = Waybill.objects.get(pk=claimed.waybill_id)
    assert (waybill.waybill_number, waybill.booking_warning, waybill.booked_twice) == ("ACP8", "Remark.", False)
    assert waybill.prices.get(kind="booked").total == Decimal("230.00")
    assert waybill.price_difference == Decimal("0.00")


def test_a_late_answer_with_another_number_is_kept_and_calls_a_person(
    claimed: Submission, booker: User, as_booker: Client
) -> None:
    store(claimed.pk, Answer(Outcome.LOST, reason="No answer."))
    store(claimed.pk, Answer(Outcome.BOOKED, waybill_number="ACP8", source=NumberSource.LOOK_UP))
    for _ in range(2):
        store(claimed.pk, Answer(Outcome.BOOKED, waybill_number="ACP99"))
    claimed.refresh_from_db()
    waybill = Waybill.objects.get(pk=claimed.waybill_id)
    assert (waybill.waybill_number, claimed.waybill_number, claimed.other_numbers) == ("ACP8", "ACP8", ["ACP99"])
    [group] = cases.groups(booker, timezone.now())
    assert group.kind.code == "booked_twice"
    page = as_booker.get(reverse("waybill", args=[waybill.pk])).content.decode()
    assert "Booked twice" in page
    assert "ACP99" in page


def test_the_history_keeps_all_that_was_learnt(claimed: Submission, as_booker: Client) -> None:
    store(claimed.pk, Answer(Outcome.LOST, reason="No answer within 30 s."))
    store(claimed.pk, Answer(Outcome.BOOKED, waybill_number="ACP8", source=NumberSource.LOOK_UP))
    page = as_booker.get(reverse("waybill", args=[claimed.waybill_id])).content.decode()
    assert "No answer to attempt 1: No answer within 30 s" in page
    assert "Attempt 1 is booked as ACP8, found by its reference" in page


def test_attempts_and_what_was_learnt_are_never_deleted(claimed: Submission) -> None:
    store(claimed.pk, Answer(Outcome.LOST))
    for rows in (Submission.objects.all(), Learnt.objects.all(), claimed.learnt.all()):
        with pytest.raises(Kept):
            rows.delete()


def test_one_number_for_two_waybills_calls_about_both(
    claimed: Submission, account: ShippingAccount, booker: User, as_booker: Client
) -> None:
    other = make_waybill(account, booker)
    Waybill.objects.filter(pk=other.pk).update(waybill_number="ACP8", booking_state="booked", booked_at=timezone.now())
    store(claimed.pk, Answer(Outcome.BOOKED, waybill_number="acp8"))
    assert {case.waybill.pk for case in cases.groups(booker, timezone.now())[0].cases if case.waybill} == {
        other.pk, claimed.waybill_id,
    }  # fmt: skip
    for one, another in ((other.pk, claimed.waybill_id), (claimed.waybill_id, other.pk)):
        page = as_booker.get(reverse("waybill", args=[one])).content.decode()
        assert "One number, two waybills" in page
        assert reverse("waybill", args=[another]) in page


def test_a_look_up_takes_no_number_that_another_attempt_was_told(
    claimed: Submission, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    other = make_waybill(account, booker)
    Waybill.objects.filter(pk=other.pk).update(waybill_number="ACP1", booking_state="booked")
    Submission.objects.create(
        waybill=other, number=2, outcome="booked", reference="X" * 20, waybill_version=3, account=account,
        identity=account.identity, endpoint=other.endpoint, payload={}, lease_until=timezone.now(), lease_boot_id="",
        lease_until_tick=0, waybill_number="ACP2",
    )  # fmt: skip
    store(claimed.pk, Answer(Outcome.LOST))
    claimed.refresh_from_db()
    bex.on("track", tracked(("1", "ACP2", EVENT)))
    assert evidence.look_up(claimed, timezone.now()).result == LookUp.Result.TAKEN
    assert state(claimed) == ("lost", "unknown", "")


# --- before a new attempt --------------------------------------------------------------------------------------------
NO_NUMBER = tracked(("1", "", EVENT))
TWO = tracked(("1", "ACP1", EVENT), ("2", "ACP2", EVENT))


@pytest.mark.parametrize("shown", [NO_NUMBER, TWO], ids=["no number yet", "two shipments"])
def test_what_shows_under_an_earlier_reference_holds_the_correction(
    asked: Waybill, booker: User, bex: ScriptedBex, as_booker: Client, shown: WireResponse
) -> None:
    bex.on("submit", refusal("Receiver street is invalid."), booked("ACP00000099"))
    sending.send(asked.pk)
    rejected = Waybill.objects.get(pk=asked.pk)
    bex.on("track", shown)
    booking.ask(asked.pk, booker, rejected.version)
    sending.send(asked.pk)
    held = Waybill.objects.get(pk=asked.pk)
    assert (held.booking_state, held.hold_reason, len(bex.sent("submit"))) == ("held", "evidence", 1)
    page = as_booker.get(reverse("waybill", args=[asked.pk])).content.decode()
    assert "Three ways to settle it" in page
    # Released it is only asked again; somebody who asked BEX has it booked all the same.
    booking.release(asked.pk, booker, held.version)
    sending.send(asked.pk)
    held.refresh_from_db()
    assert (held.hold_reason, len(bex.sent("submit"))) == ("evidence", 1)
    booking.book_again(asked.pk, booker, held.version, spoke_to="Zanele", note="not ours")
    sending.send(asked.pk)
    assert (Waybill.objects.get(pk=asked.pk).booking_state, len(bex.sent("submit"))) == ("booked", 2)


def test_corrections_use_up_none_of_the_schedules_look_ups(asked: Waybill, booker: User, bex: ScriptedBex) -> None:
    bex.on("submit", refusal("Receiver street is invalid."))
    for _ in range(5):
        sending.send(asked.pk)
        booking.ask(asked.pk, booker, Waybill.objects.get(pk=asked.pk).version)
    first = Submission.objects.get(number=1)
    assert first.look_ups.count() == 4
    assert first.look_ups_done == 0
    assert first.next_look_up_at is not None


def test_a_look_up_that_was_killed_half_way_is_made_again(claimed: Submission, bex: ScriptedBex) -> None:
    store(claimed.pk, Answer(Outcome.REFUSED, refusal="No."))
    claimed.refresh_from_db()
    claimed.look_ups_done = 3
    claimed.save()
    bex.on("track", tracked(("1", "ACP8", EVENT)))
    due = claimed.next_look_up_at
    assert due is not None
    # The claim of a worker that was killed after it had noted what it found.
    Submission.objects.update(next_look_up_at=due + evidence.LOOK_UP_LEASE)
    LookUp.objects.create(attempt=claimed, result=LookUp.Result.FOUND, numbers=["ACP8"])
    evidence.look_up_due(due + 2 * evidence.LOOK_UP_LEASE)
    assert state(claimed) == ("booked", "booked", "ACP8")


def test_a_look_up_that_a_wrong_clock_put_far_away_is_made(claimed: Submission, bex: ScriptedBex) -> None:
    far = timezone.now() + timedelta(days=30)
    store(claimed.pk, Answer(Outcome.LOST), now=far)
    assert evidence.look_up_due(timezone.now()) == 1
    claimed.refresh_from_db()
    assert claimed.next_look_up_at is not None
    assert claimed.next_look_up_at < timezone.now() + timedelta(hours=1)


# --- taken back ------------------------------------------------------------------------------------------------------
def test_taken_back_after_book_again_the_outcome_is_unknown_again(
    claimed: Submission, booker: User, as_booker: Client
) -> None:
    store(claimed.pk, Answer(Outcome.LOST))
    let_the_lease_end()
    unknown = Waybill.objects.get(pk=claimed.waybill_id)
    queued = booking.book_again(unknown.pk, booker, unknown.version, spoke_to="Zanele", note="not booked")
    reply = as_booker.post(reverse("waybill-take-back", args=[unknown.pk]), {"version": queued.version}, follow=True)
    assert state(claimed) == ("lost", "unknown", "")
    assert "as unknown as before" in reply.content.decode()


def test_what_came_back_without_addresses_is_not_booked_again(claimed: Submission, booker: User) -> None:
    store(claimed.pk, Answer(Outcome.LOST))
    let_the_lease_end()
    Waybill.objects.update(sender=None, receiver=None)
    unknown = Waybill.objects.get(pk=claimed.waybill_id)
    with pytest.raises(booking.NotNow, match="not known here"):
        booking.book_again(unknown.pk, booker, unknown.version, spoke_to="Zanele", note="not booked")


def test_one_that_waits_without_addresses_is_held_in_words(asked: Waybill, bex: ScriptedBex) -> None:
    Waybill.objects.update(sender=None)
    sending.send(asked.pk)
    waybill = Waybill.objects.get(pk=asked.pk)
    assert (waybill.booking_state, waybill.hold_reason, bex.sent("submit")) == ("held", "incomplete", [])
