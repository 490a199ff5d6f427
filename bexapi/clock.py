"""Time: how long a call may take, and BEX's own zone."""

import math
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo

SAST = ZoneInfo("Africa/Johannesburg")
"""BEX sends times without a zone; they are South African Standard Time, UTC+2, no daylight saving."""

# Linux only; elsewhere the monotonic clock has to do, which may stand still while the machine sleeps.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> float:
    """Seconds on a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment, on this machine and until its next boot, after which nothing more is begun."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline that many seconds from now. Raises ValueError unless it is a finite number."""
        if not math.isfinite(seconds):
            raise ValueError("a deadline is a finite number of seconds away")
        return cls(now() + seconds)

    def remaining(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self.at - now())

    @property
    def expired(self) -> bool:
        return now() >= self.at


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds, all positive: for each address to connect (TLS included), for each wait for bytes, for a whole call."""

    connect: float = 5.0
    read: float = 30.0
    deadline: float = 40.0

    def __post_init__(self) -> None:
        for name in ("connect", "read", "deadline"):
            seconds = getattr(self, name)
            if not (math.isfinite(seconds) and seconds > 0):
                raise ValueError(f"the {name} time-out must be a positive number of seconds")
