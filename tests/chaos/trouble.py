"""What goes wrong, by a seed: the courier's faults, killed and frozen processes, a locked database, a broker away."""

import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.chaos.portal import Portal

FAULTS = (
    "cut_connect", "cut_before", "cut_after", "cut_body", "hang_before", "hang_after", "slow", "drip", "status", "html",
    "truncated", "empty", "nothing", "ex", "ex_after_commit", "ex_beside",
)  # fmt: skip
BETWEEN_KILLS = 9.0
"""The supervisor gives up on what dies four times in twenty seconds."""


class Trouble(threading.Thread):
    """Until told to stop. `made`: what it did, and how often."""

    def __init__(self, portal: Portal, seed: int, log_in_again: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.portal = portal
        self.random = random.Random(seed)
        self.log_in_again = log_in_again
        self.made: Counter[str] = Counter()
        self.problem = ""
        self._over = threading.Event()
        self._killed_at: dict[str, float] = {}

    def run(self) -> None:
        big = {
            "kill -9 worker": lambda: self._kill("worker"),
            "kill -9 web": lambda: self._kill("web"),
            "kill -9 beat": lambda: self._kill("beat"),
            "worker frozen past its lease": self._freeze,
            "database locked": self._lock_database,
            "broker away": self._broker_away,
            "token ended": self._end_token,
        }
        names = list(big)
        turn = 0
        while not self._over.wait(self.random.uniform(0.3, 1.0)):
            self._fault()
            turn += 1
            if turn % 5 == 0:
                name = names[(turn // 5 - 1) % len(names)] if turn <= 5 * len(names) else self.random.choice(names)
                if big[name]():
                    self.made[name] += 1

    def stop(self) -> None:
        self._over.set()
        self.join(timeout=90)
        self.portal.disarm()

    def _fault(self) -> None:
        kind = self.random.choice(FAULTS)
        call = self.random.choice(("submit", "submit", "submit", "track", "quote"))
        self.portal.control("faults", {"call": call, "kind": kind})
        self.made[kind] += 1

    def _kill(self, name: str) -> bool:
        if time.monotonic() - self._killed_at.get(name, 0.0) < BETWEEN_KILLS:
            return False
        self._killed_at[name] = time.monotonic()
        return self.portal.signal(name, signal.SIGKILL) > 0

    def _freeze(self) -> bool:
        """Past the deadline of what is being sent, and past its lease."""
        frozen = self.portal.signal("worker", signal.SIGSTOP) > 0
        self._over.wait(33)
        self.portal.signal("worker", signal.SIGCONT)
        return frozen

    def _lock_database(self) -> bool:
        """Longer than the busy timeout of whoever wants to write."""
        database = self.portal.environment()["DATABASE_URL"].removeprefix("sqlite:///")
        if not Path(database).exists():
            return False
        with sqlite3.connect(database, timeout=20, isolation_level=None) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._over.wait(25)
            connection.execute("ROLLBACK")
        connection.close()
        return True

    def _broker_away(self) -> bool:
        broker = Path(self.portal.environment()["VAR_DIR"]) / "broker"
        if not broker.is_dir():
            return False
        away = broker.with_name("broker away")
        broker.rename(away)
        self._over.wait(4)
        if broker.exists():  # somebody made a new one
            for message in away.glob("*.msg"):
                message.unlink()
        else:
            away.rename(broker)
        return True

    def _end_token(self) -> bool:
        self.portal.control("faults", {"call": "submit", "kind": "ended_token"})
        self._over.wait(5)
        self.log_in_again()
        return True
