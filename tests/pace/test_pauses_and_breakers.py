"""What one call learns holds for all: BEX asks to wait, or does not answer any more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts import gateway, pacing
from accounts.models import Identity, Pace, RecordedCall
from bexapi import BexBusy, BexOutcomeUnknown, BexRejected, BexUnreachable, MaybeSent, NotSent, WireResponse
from tests.cast import ENDPOINT
from tests.courier import ScriptedBex, answer, refusal
from tests.waybills.papers import pdf_answer

pytestmark = pytest.mark.django_db
At = Callable[[float], object]


@pytest.fixture
def at() -> Any:
    """Moves the clock to so many seconds after the test began."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        began = timezone.now()

        def move(seconds: float) -> datetime:
            clock.move_to(began + timedelta(seconds=seconds))
            return timezone.now()

        yield move


def track() -> None:
    gateway.anonymous_client(ENDPOINT).track(["ACP00000001"])


def login() -> None:
    gateway.anonymous_client(ENDPOINT).login("thandi", "password")


def wait_of(ask: Callable[[], None]) -> float:
    """For how long it is not asked; the call must not have been made."""
    with pytest.raises(BexBusy) as busy:
        ask()
    assert busy.value.status is None
    assert busy.value.retry_after is not None
    return busy.value.retry_after


def too_many(seconds: str) -> WireResponse:
    return WireResponse(status=429, headers={"Retry-After": seconds}, body=b"")


def fail(bex: ScriptedBex, times: int = pacing.FAILURES_THAT_OPEN) -> None:
    bex.on("track", NotSent("connection refused"))
    for _ in range(times):
        with pytest.raises(BexUnreachable):
            track()


def test_a_429_slows_down_everyone_for_as_long_as_bex_says(bex: ScriptedBex, at: At) -> None:
    bex.on("track", too_many("60"), answer({"items": []}))
    bex.on("login", refusal("Unknown user."))
    with pytest.raises(BexBusy):
        track()
    at(20)
    assert wait_of(login) == 40
    assert wait_of(track) == 40
    assert len(bex.requests) == 1
    at(60)
    track()


def test_it_is_not_waited_for_longer_than_five_minutes(bex: ScriptedBex, at: At) -> None:
    bex.on("track", too_many("86400"), answer({"items": []}))
    with pytest.raises(BexBusy):
        track()
    assert wait_of(track) == 300
    at(300)
    track()


def test_a_shorter_wish_does_not_end_a_longer_one(bex: ScriptedBex, at: At) -> None:
    pacing.learn(ENDPOINT, [], [100.0, 10.0, None], pacing.Standing("tracking"))
    assert wait_of(track) == 100


def test_a_short_pause_is_waited_for(bex: ScriptedBex, settings: Any) -> None:
    pacing.learn(ENDPOINT, [], [0.1], pacing.Standing("tracking"))
    track()
    assert len(bex.requests) == 1


@pytest.mark.parametrize(
    "failure", [NotSent("connection refused"), MaybeSent("timed out"), answer("", 503), answer("<html>")]
)
def test_when_bex_does_not_answer_any_more_it_is_left_alone(bex: ScriptedBex, at: At, failure: Any) -> None:
    bex.on("track", failure)
    for _ in range(pacing.FAILURES_THAT_OPEN):
        with pytest.raises((BexUnreachable, BexOutcomeUnknown)):
            track()
    assert wait_of(track) == 5
    assert len(bex.requests) == pacing.FAILURES_THAT_OPEN


def test_answers_in_between_keep_it_closed_and_a_refusal_is_an_answer(bex: ScriptedBex) -> None:
    fail(bex, times=pacing.FAILURES_THAT_OPEN - 1)
    bex.on("track", answer({"items": []}))
    track()
    fail(bex, times=pacing.FAILURES_THAT_OPEN - 1)
    bex.on("track", refusal("No such waybill."))
    with pytest.raises(BexRejected):
        track()
    assert not Pace.objects.exclude(failures=0, opened_at=None).exists()


def test_other_services_go_on(bex: ScriptedBex, identity: Identity) -> None:
    fail(bex)
    bex.on("labels", pdf_answer())
    gateway.client_for(identity).download_labels(["ACP00000001"])


def test_one_trial_finds_out_and_each_comes_later_than_the_one_before(bex: ScriptedBex, at: At) -> None:
    fail(bex)
    now, waits = 0.0, []
    for _ in range(6):
        wait = wait_of(track)
        waits.append(wait)
        now += wait
        at(now)
        fail(bex, times=1)
    assert waits == [5, 10, 20, 40, 60, 60]
    at(now + wait_of(track))
    bex.on("track", answer({"items": []}))
    track()
    track()
    pace = Pace.objects.get(service="tracking")
    assert (pace.opened_at, pace.failures, pace.trials) == (None, 0, 0)


def test_while_the_trial_runs_nobody_else_asks(bex: ScriptedBex, at: At) -> None:
    fail(bex)
    at(5)
    bex.on("track", answer({"items": []}))
    with gateway.turn_at(ENDPOINT, "track") as trial:
        assert trial.is_trial
        with pytest.raises(BexBusy), gateway.turn_at(ENDPOINT, "track"):
            pass
        track()  # the trial's own
    track()


def test_a_trial_that_tried_nothing_leaves_it_to_the_next(bex: ScriptedBex, at: At) -> None:
    fail(bex)
    at(5)
    with gateway.turn_at(ENDPOINT, "track"):
        pass
    with gateway.turn_at(ENDPOINT, "track") as turn:
        assert turn.is_trial


def test_a_clock_that_ran_far_ahead_binds_nobody(bex: ScriptedBex, at: At) -> None:
    at(86_400)
    fail(bex)
    at(0)
    bex.on("track", answer({"items": []}))
    track()


def test_each_call_is_recorded_without_what_it_was_about(bex: ScriptedBex) -> None:
    track()
    bex.on("track", answer("<html>Anneke Botha", 503))
    with pytest.raises(BexOutcomeUnknown):
        track()
    rows = RecordedCall.objects.order_by("pk").values_list("endpoint", "operation", "outcome", "status")
    assert list(rows) == [(ENDPOINT, "track", "answered", 200), (ENDPOINT, "track", "unusable", 503)]
    assert "Botha" not in str(list(RecordedCall.objects.values()))


def test_the_last_calls_are_kept_and_no_more(bex: ScriptedBex, monkeypatch: Any) -> None:
    monkeypatch.setattr(pacing, "KEPT_CALLS", 3)
    for _ in range(5):
        track()
    assert pacing.forget_old_calls() == 2
    assert RecordedCall.objects.count() == 3
