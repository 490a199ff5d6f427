"""`make chaos`: books through a whole portal while everything around it breaks, then compares both sides.

It prints what was asked and what became of it, how often each trouble came, what it left behind, and the seed with
which to repeat it. Exit code 1 where anything was lost, doubled or stuck, or where a trouble never bit.
"""

import argparse
import logging
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from queue import Queue
from types import FrameType

from tests.chaos.judge import Row, Verdict, judge
from tests.chaos.mixes import MIXES, Mix
from tests.chaos.portal import Portal
from tests.chaos.services import MissingError, Postgres, Redis
from tests.chaos.trouble import Faults, Troubles

CLERKS = 8
FASTEST = 0.2
"""Seconds between two bookings."""
REPLAYED = "answers that came back from the journal"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("-n", type=int, default=200, help="bookings")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument(
        "--on", choices=("postgres", "sqlite"), default="postgres", help="with Redis, or a broker of files"
    )
    parser.add_argument("--mix", choices=MIXES, default="all", help="which troubles")
    parser.add_argument("--log", type=Path, help="a file to keep the portal's lines in")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    say(f"{options.n} bookings on {options.on}, troubles: {options.mix}, seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="bexportal-chaos-") as folder:
        try:
            verdict = Chaos(Path(folder), options.on, MIXES[options.mix], options.seed).run(options.n)
        except MissingError as missing:
            say(str(missing))
            return 1
        finally:
            if options.log:
                shutil.copy(Path(folder) / "portal.log", options.log)
    for fault in verdict.faults:
        say(fault)
    say(f"{verdict} (seed {options.seed})")
    return 0 if verdict.passed else 1


class Chaos:
    """One run: services, portal, people and troubles, from the first start to the verdict."""

    def __init__(self, folder: Path, on: str, mix: Mix, seed: int) -> None:
        self.folder, self.on, self.mix, self.seed = folder, on, mix, seed
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.asked: list[str] = []
        self.problems: list[str] = []
        threading.excepthook = self._note
        self.traces: Counter[str] = Counter()

    def run(self, number: int) -> Verdict:
        portal = None
        try:
            services = {}
            if self.on == "postgres":
                self.postgres = Postgres(self.folder)
                self.redis = Redis(self.folder)
                services = {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url}
            portal = Portal(self.folder / "home", services, self.mix.deadline)
            return self._run(portal, number)
        finally:
            if portal is not None:
                portal.end()
            for server in (self.redis, self.postgres):
                if server is not None:
                    server.end()

    def _run(self, portal: Portal, number: int) -> Verdict:
        os.environ.update(portal.environment())
        import django

        django.setup()
        logging.disable(logging.ERROR)  # the portal's own lines stand in its log
        from tests.chaos import inside, people

        before = inside.all_references()
        portal.control("settings", dict(self.mix.courier))
        pace = max(self.mix.lasts / number, FASTEST)
        faults = Faults(portal, self.mix, self.seed + 1, pace)
        troubles = Troubles(portal, self.mix, self.seed + 2, inside.log_in_again, self.postgres, self.redis)
        staff = people.Staff(portal, self.seed + 3)
        began = time.monotonic()
        say("All runs; now it breaks")
        for thread in (faults, troubles, *([staff] if self.mix.staff else [])):
            thread.start()
        self._book(portal, number, pace)
        troubles.first_round_done.wait(300)
        staff_made = self._end_of(faults, troubles, staff)
        say(f"All asked within {time.monotonic() - began:.0f} s, and nothing breaks any more")
        inside.log_in_again()
        self._settle()
        verdict = self._judge(portal, before)
        self.traces += inside.traces() + traces_in(portal.log_path)
        self._tell(verdict, faults.made, troubles.made, staff_made)
        return verdict

    def _note(self, failed: threading.ExceptHookArgs) -> None:
        """Whoever fell silent by an error of ours, or found one of the portal's, is no proof."""
        self.problems.append(f"{failed.thread}: {failed.exc_type.__name__}: {failed.exc_value}")
        threading.__excepthook__(failed)

    def _book(self, portal: Portal, number: int, pace: float) -> None:
        from tests.chaos import inside, people

        wanted: Queue[str | None] = Queue()
        cookie = inside.session_cookie()
        clerks = [people.Clerk(portal, cookie, wanted, self.seed + 10 + n, self.mix.second_tabs) for n in range(CLERKS)]
        for clerk in clerks:
            clerk.start()
        over = threading.Event()
        due = time.monotonic()
        for draft in inside.drafts(over):
            self.asked.append(draft)
            wanted.put(draft)
            if len(self.asked) % 500 == 0:
                say(f"{len(self.asked)} asked, {inside.under_way()} under way")
            if len(self.asked) == number:
                break
            due += pace
            time.sleep(max(0.0, due - time.monotonic()))
        wanted.put(None)
        for clerk in clerks:
            clerk.join()

    def _end_of(self, faults: Faults, troubles: Troubles, staff: "threading.Thread") -> Counter[str]:
        from tests.chaos import people

        assert isinstance(staff, people.Staff)
        troubles.stop()
        faults.stop()
        if self.mix.staff:
            staff.stop()
        return staff.made

    def _settle(self) -> None:
        from tests.chaos import inside

        end = time.monotonic() + self.mix.settles_within
        while inside.under_way() and time.monotonic() < end:
            time.sleep(1)

    def _judge(self, portal: Portal, before: set[str]) -> Verdict:
        from tests.chaos import inside

        if self.mix.courier.get("search_additional_references", True):
            portal.control("clock", {"advance_seconds": 1200})  # past every delay of tracking
            # Some were put off by a process whose clock was ahead.
            inside.look_everything_up(timedelta(hours=3))
        rows = [Row(*one) for one in inside.rows(self.asked)]
        shipments = portal.control(f"state?calls_after={10**12}")["waybills"]
        ours = [one for one in shipments if not one["foreign"] and not before.intersection(one["references"])]
        say(f"{len(ours)} shipments at the courier, {sum(len(row.references) for row in rows)} attempts here")
        return judge(rows, ours)

    def _tell(self, verdict: Verdict, faults: Counter[str], troubles: Counter[str], staff: Counter[str]) -> None:
        for title, made in (
            ("the courier", faults),
            ("troubles", troubles),
            ("staff", staff),
            ("left behind", self.traces),
        ):
            for what, how_often in sorted(made.items()):
                if how_often:
                    say(f"  {title:<12} {how_often:5} x {what}")
        verdict.faults += self.problems
        for name in self.mix.troubles:
            if not troubles[name]:
                verdict.faults.append(f"not tried: {name}")
        if self.postgres and "database stopped" in self.mix.troubles and not self.traces[REPLAYED]:
            verdict.faults.append("not tried: no answer had to come back from the journal")
        if verdict.booked < verdict.asked / 2:
            verdict.faults.append("too few were booked for this to prove anything")


_STORED = re.compile(r"attempt \d+ of waybill \S+: (\w+) after (\w+)")
_TOLD = {
    "cannot be stored yet": "tries to store an answer while the database was away",
    "the broker does not answer": "bells that could not be rung",
    "waits for its turn": "bookings that waited for their turn at BEX",
    "starting it again": "processes started again",
}


def traces_in(log: Path) -> Counter[str]:
    """What the portal's own lines say about it."""
    found: Counter[str] = Counter()
    with log.open(errors="replace") as lines:
        for line in lines:
            stored = _STORED.search(line)
            if stored and stored[2] != "claimed":
                found[f"attempts {stored[1]} after they had been {stored[2]}"] += 1
            elif stored and stored[1] == "lost":
                found["attempts lost: no answer, or the end of the lease"] += 1
            for words, what in _TOLD.items():
                found[what] += words in line
    return found


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit("stopped")


def say(line: str) -> None:
    print(f"chaos   | {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
