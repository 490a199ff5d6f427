"""How many requests a minute one address may make of a receiver.

Counted in each process by itself: a receiver must answer while cache and worker are down.
"""

import threading
import time

MOST_ADDRESSES = 10_000


class Limiter:
    """Counts whole minutes."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def allows(self, address: str, most: int) -> bool:
        """Notes one more request; whether it is within `most` of this minute."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute or len(self._counts) > MOST_ADDRESSES:
                self._minute, self._counts = minute, {}
            count = self._counts[address] = self._counts.get(address, 0) + 1
        return count <= most

    def forget(self) -> None:
        with self._lock:
            self._counts.clear()
