"""How long to wait before a call is made again."""

import random
from collections.abc import Callable

from bexapi.errors import BexBusy, BexError

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


def retry_delay(error: BexError, attempt: int, *, jitter: Callable[[], float] = random.random) -> float | None:
    """Seconds to wait after the ``attempt``-th try (from 1) failed with ``error``; None when it must not be repeated.

    Doubling from one second to a minute, half of it at random so that many do not come back at once. BEX's own wish
    (``BexBusy.retry_after``) is a lower bound. How often to try is the caller's to say.
    """
    if not error.may_retry:
        return None
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(max(attempt, 1) - 1, 16))
    wait = wait / 2 + jitter() * wait / 2
    if isinstance(error, BexBusy) and error.retry_after is not None:
        return error.retry_after + wait
    return wait
