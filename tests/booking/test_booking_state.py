"""The pure function: from attempts and wishes to the waybill's state."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState
from shipments.promise import Attempt, Wishes, booking_state, may_become, new_reference, next_look_up

SINCE = datetime(2026, 11, 23, 10, tzinfo=UTC)
attempts = st.lists(
    st.builds(Attempt, number=st.integers(1, 9), outcome=st.sampled_from(Outcome.values), settled=st.booleans()),
    max_size=5,
    unique_by=lambda attempt: attempt.number,
)
wishes = st.builds(
    Wishes, asked=st.booleans(), hold_reason=st.sampled_from(["", "journal"]), abandoned=st.booleans(),
    cancelled=st.booleans(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("tried", "wished", "state"),
    [
        ([], Wishes(), "draft"),
        ([], Wishes(asked=True), "queued"),
        ([], Wishes(asked=True, hold_reason="journal"), "held"),
        ([Attempt(1, "claimed")], Wishes(), "submitting"),
        ([Attempt(1, "booked")], Wishes(), "booked"),
        ([Attempt(1, "booked")], Wishes(cancelled=True), "cancelled"),
        ([Attempt(1, "lost")], Wishes(), "unknown"),
        ([Attempt(1, "lost", settled=True)], Wishes(abandoned=True), "abandoned"),
        ([Attempt(1, "lost", settled=True)], Wishes(asked=True), "queued"),
        ([Attempt(1, "refused")], Wishes(), "rejected"),
        ([Attempt(1, "refused")], Wishes(asked=True), "queued"),
        ([Attempt(1, "refused"), Attempt(2, "not_sent")], Wishes(asked=True), "queued"),
        ([Attempt(1, "lost", settled=True), Attempt(2, "claimed")], Wishes(), "submitting"),
        ([Attempt(1, "lost"), Attempt(2, "booked")], Wishes(abandoned=True), "booked"),
    ],
)
def test_the_state_follows_from_attempts_and_wishes(tried: list[Attempt], wished: Wishes, state: str) -> None:
    assert booking_state(tried, wished) == state


@given(attempts, wishes)
def test_a_known_number_is_never_hidden_by_anything(tried: list[Attempt], wished: Wishes) -> None:
    state = booking_state([*tried, Attempt(10, Outcome.BOOKED)], wished)
    assert state == (BookingState.CANCELLED if wished.cancelled else BookingState.BOOKED)


@given(attempts, wishes)
def test_nothing_is_sent_while_an_earlier_attempt_is_open(tried: list[Attempt], wished: Wishes) -> None:
    open_attempts = [a for a in tried if a.outcome == "claimed" or (a.outcome == "lost" and not a.settled)]
    if open_attempts:
        assert booking_state(tried, wished) not in {"queued", "draft", "rejected", "abandoned", "held"}


@given(attempts, wishes, st.randoms())
def test_the_order_of_the_rows_changes_nothing(tried: list[Attempt], wished: Wishes, chance: object) -> None:
    shuffled = list(tried)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert booking_state(shuffled, wished) == booking_state(tried, wished)


def test_a_lost_attempt_is_looked_up_often_at_first_and_for_two_weeks() -> None:
    times: list[timedelta] = []
    while (after := next_look_up(Outcome.LOST, SINCE, len(times))) is not None:
        times.append(after - SINCE)
    assert times[:5] == [timedelta(minutes=m) for m in (1, 3, 10, 30)] + [timedelta(hours=1)]
    assert times == sorted(times)
    assert len(set(times)) == len(times)
    assert timedelta(days=1) in times
    assert times[-1] == timedelta(days=14)


def test_a_refused_attempt_is_looked_up_four_times() -> None:
    assert [next_look_up(Outcome.REFUSED, SINCE, done) is not None for done in range(6)] == [True] * 4 + [False] * 2


def test_what_is_booked_stays_booked_and_what_was_surely_not_sent_stays_so() -> None:
    assert not any(may_become(Outcome.BOOKED, after) for after in Outcome.values)
    assert not any(may_become(Outcome.NOT_SENT, after) for after in Outcome.values)
    assert may_become(Outcome.LOST, Outcome.BOOKED)
    assert may_become(Outcome.REFUSED, Outcome.BOOKED)


def test_references_are_long_random_and_speakable() -> None:
    references = {new_reference() for _ in range(500)}
    assert len(references) == 500
    assert all(len(reference) == 20 and reference.isalnum() and reference.isupper() for reference in references)
