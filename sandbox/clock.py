"""The courier's clock: real time times a speed, never backwards, remembered over a restart."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SAST = ZoneInfo("Africa/Johannesburg")


def as_sast(timestamp: float) -> datetime:
    """A moment of the clock (seconds since 1970) in South African Standard Time."""
    return datetime.fromtimestamp(timestamp, UTC).astimezone(SAST)


class Clock:
    """Seconds since 1970 as the courier counts them. With speed 1 and nothing advanced it is real time."""

    def __init__(self, *, offset: float = 0.0, speed: float = 1.0, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._lock = threading.Lock()
        self._anchor_real = real()
        self._anchor = self._anchor_real + offset
        self._speed = speed

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        with self._lock:
            return self._now()

    def _now(self) -> float:
        return self._anchor + (self._real() - self._anchor_real) * self._speed

    def sast(self) -> datetime:
        return as_sast(self.now())

    def offset(self) -> float:
        """How far the clock is ahead of real time, in seconds."""
        with self._lock:
            return self._now() - self._real()

    def set(self, *, speed: float | None = None, advance_seconds: float = 0.0) -> None:
        """Raises ValueError for a speed below 0 or a step backwards."""
        if (speed is not None and speed < 0) or advance_seconds < 0:
            raise ValueError("the clock never runs backwards")
        with self._lock:
            now, real = self._now(), self._real()
            self._anchor, self._anchor_real = now + advance_seconds, real
            if speed is not None:
                self._speed = speed

    def back_to_real_time(self) -> None:
        with self._lock:
            self._anchor = self._anchor_real = self._real()
            self._speed = 1.0
