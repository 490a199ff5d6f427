"""What goes wrong, by a seed: the courier's faults one after another, and beside them the great troubles."""

import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.mixes import Mix
from tests.chaos.portal import Portal, signal_group
from tests.chaos.services import Postgres, Redis
from tests.chaos.witness import next_sending

BETWEEN_KILLS = 7.0
"""The supervisor gives up on what dies four times in twenty seconds."""
LEASE_MARGIN, LEASES_ENDED_EVERY = 20, 10
CLOCKS_WRONG_SLIGHTLY = (20, -20, 300, -300)
CLOCKS_WRONG_BY = (*CLOCKS_WRONG_SLIGHTLY, 3600, -3600, 2 * 3600, -2 * 3600)
MOST_WAITING = 2
"""Faults for the same call. Where nobody comes to meet them a circuit breaker is open: they are withdrawn for some
seconds, for they would meet each of its trials, and it would open for ever longer."""
BREATHER = 4.0
PROCESSES = ("web", "worker", "worker2", "beat")
DATABASE_AWAY = 11.0
"""Longer than a sender waits for it with an answer in its hand."""


class Faults(threading.Thread):
    """The courier's. `made` counts what was armed; what still waits at the end is taken off again."""

    def __init__(self, portal: Portal, mix: Mix, seed: int, pace: float) -> None:
        super().__init__(daemon=True)
        self.portal = portal
        self.mix = mix
        self.pace = pace
        self.random = random.Random(seed)
        self.made: Counter[str] = Counter()
        self._over = threading.Event()

    def run(self) -> None:
        while self.mix.faults and not self._over.wait(self.pace * self.random.uniform(*self.mix.fault_every)):
            kind, call = self.random.choice(self.mix.faults), self.random.choice(self.mix.calls)
            waiting = self.portal.control("faults")
            if sum(fault["call"] == call for fault in waiting) < MOST_WAITING:
                self.portal.control("faults", {"call": call, "kind": kind})
                self.made[kind] += 1
            elif call == "submit" and not any(_of_a_trouble(fault) for fault in waiting):
                self._withdraw(waiting)
                self._over.wait(BREATHER)

    def _withdraw(self, waiting: list[dict[str, Any]]) -> None:
        for left in waiting:
            self.made[left["kind"]] = max(0, self.made[left["kind"]] - left["times"])
        self.portal.disarm()

    def stop(self) -> None:
        self._over.set()
        self.join(timeout=60)
        self._withdraw(self.portal.control("faults"))


def _of_a_trouble(fault: dict[str, Any]) -> bool:
    """Not to be withdrawn: a trouble waits for it to be met."""
    return fault["kind"] == "ended_token" or fault["seconds"] is not None


class Troubles(threading.Thread):
    """One after another until told to stop, all of them in the first round. `made`: how often each was done."""

    def __init__(
        self, portal: Portal, mix: Mix, seed: int, log_in_again: Callable[[], None],
        postgres: Postgres | None, redis: Redis | None,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self.portal = portal
        self.mix = mix
        self.random = random.Random(seed)
        self.log_in_again = log_in_again
        self.postgres, self.redis = postgres, redis
        self.made: Counter[str] = Counter()
        self.first_round_done = threading.Event()
        self._over = threading.Event()
        self._killed_at: dict[int, float] = {}

    def run(self) -> None:
        ways: dict[str, Callable[[], bool]] = {
            "kill -9 worker": self._kill_worker,
            "kill -9 web": lambda: self._kill("web"),
            "kill -9 beat": lambda: self._kill("beat"),
            "worker frozen": self._freeze,
            "worker frozen past its lease": self._freeze,
            "database stopped": self._stop_database if self.postgres else self._lock_database,
            "broker stopped": self._kill_redis if self.redis else self._move_broker_away,
            "token ended": self._end_token,
            "tracking delayed": self._delay_tracking,
            "clocks jump": self._move_clocks,
        }
        turn = 0
        while self.mix.troubles and not self._over.wait(self.random.uniform(*self.mix.trouble_every)):
            first = turn < len(self.mix.troubles)
            name = self.mix.troubles[turn] if first else self.random.choice(self.mix.troubles)
            if ways[name]():
                self.made[name] += 1
            turn += 1
            if turn == len(self.mix.troubles):
                self.first_round_done.set()
        self.first_round_done.set()

    def stop(self) -> None:
        """What is under way ends, and all is put right again."""
        self._over.set()
        self.join(timeout=120)
        self.portal.move_clocks({})
        self.portal.control("settings", {"tracking_delay_seconds": 0})

    def _kill_worker(self) -> bool:
        """Half of them as they are about to send."""
        if self.random.random() < 0.5:
            next_sending(self._journal, self._over, seconds=3)
        return self._kill("worker")

    def _kill(self, kind: str) -> bool:
        groups = [one for one in self.portal.groups(kind) if time.monotonic() - self._killed_at.get(one, 0) > 1]
        if not groups or time.monotonic() - self._killed_at.get(-1, 0) < BETWEEN_KILLS / 2:
            return False
        self._killed_at[-1] = time.monotonic()
        return signal_group(self.random.choice(groups), signal.SIGKILL)

    @property
    def _journal(self) -> Path:
        return self.portal.home / "journal"

    def _freeze(self) -> bool:
        """One worker, most often between its line in the journal and its first byte; the other one works on."""
        group = None
        if self.random.random() < 0.8:
            group = next_sending(self._journal, self._over, seconds=4, stop=set(self.portal.groups("worker")))
        if group is None:
            groups = self.portal.groups("worker")
            group = self.random.choice(groups) if groups else None
        if group is None or not signal_group(group, signal.SIGSTOP):
            return False
        self._over.wait(self.mix.freeze or self.mix.deadline + LEASE_MARGIN + LEASES_ENDED_EVERY + 3)
        return signal_group(group, signal.SIGCONT)

    def _stop_database(self) -> bool:
        """While some wait for BEX's answer, which they then cannot store."""
        assert self.postgres is not None
        for _ in range(4):
            self.portal.control("faults", {"call": "submit", "kind": "slow", "seconds": self.mix.deadline / 2})
        self._wait_until(lambda: len(self._armed("slow")) <= 3, 8.0)
        self._over.wait(self.mix.deadline / 8)  # for some more of them
        self.postgres.crash()
        self._over.wait(DATABASE_AWAY)
        self.postgres.start()
        return True

    def _armed(self, kind: str) -> list[object]:
        return [one for one in self.portal.control("faults") if one["kind"] == kind]

    def _wait_until(self, condition: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end and not self._over.wait(0.02):
            pass

    def _lock_database(self) -> bool:
        """SQLite: longer than the busy timeout of whoever wants to write."""
        database = self.portal.environment()["DATABASE_URL"].removeprefix("sqlite:///")
        with sqlite3.connect(database, timeout=20, isolation_level=None) as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._over.wait(25)
            connection.execute("ROLLBACK")
        connection.close()
        return True

    def _kill_redis(self) -> bool:
        assert self.redis is not None
        self.redis.crash()
        self._over.wait(self.random.uniform(4, 8))
        self.redis.start()
        return True

    def _move_broker_away(self) -> bool:
        broker = Path(self.portal.environment()["VAR_DIR"]) / "broker"
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
        self._wait_until(lambda: not self._armed("ended_token"), 20.0)  # else it would end the new one
        self._over.wait(4)
        self.log_in_again()
        return True

    def _delay_tracking(self) -> bool:
        self.portal.control("settings", {"tracking_delay_seconds": self.random.choice((20, 60, 180))})
        return True

    def _move_clocks(self) -> bool:
        """All by hours for some seconds, and one apart from the others; then all by minutes, until the next time.

        Not by hours for long: past a quote's age each booking is priced anew, and little else would be done.
        """
        far, near = float(self.random.choice(CLOCKS_WRONG_BY)), float(self.random.choice((0, *CLOCKS_WRONG_SLIGHTLY)))
        apart = self.random.choice(PROCESSES)
        self.portal.move_clocks(dict.fromkeys(PROCESSES, far) | {apart: float(self.random.choice(CLOCKS_WRONG_BY))})
        self._over.wait(10)
        self.portal.move_clocks(dict.fromkeys(PROCESSES, near))
        return True
