"""How long to wait before a call is made again: longer each time, never too long, never all at once."""

import pytest

from bexapi import BexBusy, BexOutcomeUnknown, BexRejected, BexUnreachable, retry_delay


def test_the_wait_doubles_up_to_a_minute() -> None:
    waits = [retry_delay(BexUnreachable(), attempt, jitter=lambda: 1.0) for attempt in range(1, 10)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_half_of_the_wait_is_left_to_chance() -> None:
    assert retry_delay(BexUnreachable(), 3, jitter=lambda: 0.0) == 2
    assert retry_delay(BexUnreachable(), 3, jitter=lambda: 0.5) == 3
    waits = {retry_delay(BexUnreachable(), 3) for _ in range(50)}
    assert len(waits) > 1
    assert all(wait is not None and 2 <= wait <= 4 for wait in waits)


@pytest.mark.parametrize("attempt", [-5, 0, 1, 1_000, 10**30])
def test_the_wait_is_bounded_whatever_the_count(attempt: int) -> None:
    wait = retry_delay(BexUnreachable(), attempt)
    assert wait is not None
    assert 0.5 <= wait <= 60


def test_bexs_own_wish_is_never_undercut() -> None:
    busy = BexBusy()
    busy.retry_after = 120.0
    assert retry_delay(busy, 1, jitter=lambda: 0.0) == 120.5
    assert retry_delay(BexBusy(), 1, jitter=lambda: 1.0) == 1


def test_what_must_not_be_repeated_has_no_delay() -> None:
    assert retry_delay(BexRejected(operation="quote"), 1) is None
    assert retry_delay(BexOutcomeUnknown(operation="submit_waybill"), 1) is None
    assert retry_delay(BexOutcomeUnknown(operation="quote"), 1) is not None
