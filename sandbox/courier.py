"""The courier as a whole: its memory, its clock and its settings, handed to every operation."""

import queue
import threading
import time
from datetime import datetime
from pathlib import Path

from sandbox import identities
from sandbox.clock import SAST, Clock
from sandbox.notifications import Delivery
from sandbox.settings import Settings
from sandbox.store import Store

HEARTBEAT_SECONDS = 1.0


class Courier:
    """Raises ``StateInUse`` when another sandbox works on ``folder``."""

    def __init__(self, folder: Path, *, speed: float | None = None) -> None:
        self.store = Store(folder)
        self.settings = Settings(self.store)
        kept = self.store.get("clock", {})
        clock = kept if isinstance(kept, dict) else {}
        kept_speed = float(clock.get("speed", 1))
        self.clock = Clock(offset=float(clock.get("offset", 0)), speed=kept_speed if speed is None else speed)
        self.something_due = threading.Event()
        self.outbox: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        with self.store.writing():
            identities.seed(self.store)
            self.keep_clock()

    def keep_clock(self) -> None:
        """Written a heartbeat ahead, so that a killed process never starts again in the past."""
        speed = self.clock.speed
        ahead = self.clock.offset() + max(0.0, speed - 1) * HEARTBEAT_SECONDS
        offset = 0.0 if abs(ahead) < 0.001 else ahead
        if self.store.get("clock") != {"offset": offset, "speed": speed}:
            self.store.put("clock", {"offset": offset, "speed": speed})

    def counter_now(self) -> datetime:
        """The time at which the courier quotes and books: real South African time, or the setting ``quote_now``.

        Not the hurried clock: whoever asks for a price lives in real time, and a day must not pass while they type.
        """
        pinned = self.settings.text("quote_now")
        if pinned:
            return datetime.strptime(pinned, "%Y-%m-%d %H:%M:%S")
        return datetime.fromtimestamp(time.time(), SAST).replace(tzinfo=None)

    def reset(self, *, keep_tokens: bool = False) -> None:
        """All shipments, calls, faults, webhooks and settings go; numbers go on, so that none is given out twice."""
        with self.store.writing():
            for table in ("waybills", "extra_references", "events", "calls", "faults", "webhooks", "deliveries"):
                self.store.run(f"DELETE FROM {table}")
            self.store.run("DELETE FROM sqlite_sequence WHERE name IN ('calls', 'faults', 'deliveries')")
            self.store.run("DELETE FROM identities")
            self.store.run("DELETE FROM accounts")
            self.store.run("DELETE FROM tokens WHERE ended = 1 OR ?", not keep_tokens)
            identities.seed(self.store)
            self.settings.reset()
            self.clock.back_to_real_time()
            self.keep_clock()

    def close(self) -> None:
        with self.store.writing():
            self.keep_clock()
        self.store.close()
