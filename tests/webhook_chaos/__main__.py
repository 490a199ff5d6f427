"""`make webhook-chaos`: a storm of deliveries at running processes while they are killed and the database goes away.

It prints what was sent, what was answered and what is there, and the seed with which to repeat it. Exit code 1 where
anything that was answered 2xx is lost or there twice, or anything is there that BEX did not tell.
"""

import argparse
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from queue import Queue

import requests

from tests.webhook_chaos.judge import Verdict, judge
from tests.webhook_chaos.processes import Installation, Postgres, Sqlite
from tests.webhook_chaos.storm import Request, parcels_for, storm

AT_ONCE = 8
RETRIED_AFTER = (0.0, 1.0, 4.0)
"""Seconds; BEX waits as many minutes."""
SECRET = "0123456789abcdef" * 4
SETTLES_WITHIN = 600.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make webhook-chaos", description=__doc__)
    parser.add_argument("-n", type=int, default=20_000, help="deliveries")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own instead of SQLite")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with tempfile.TemporaryDirectory(prefix="bexportal-storm-") as folder:
        installation = Installation(Path(folder), Postgres if options.postgres else Sqlite)
        say(f"{options.n} deliveries on {installation.database.name}, seed {options.seed}")
        try:
            verdict = run(installation, options.n, options.seed)
        finally:
            installation.end()
    for fault in verdict.faults[:50]:
        say(fault)
    say(f"{verdict} (seed {options.seed})")
    return 0 if verdict.passed else 1


def run(installation: Installation, number: int, seed: int) -> Verdict:
    installation.migrate()
    os.environ.update(installation.env)
    import django

    django.setup()
    logging.disable(logging.ERROR)
    from tests.webhook_chaos import inside

    path = inside.subscribe(SECRET)
    inside.book(parcels_for(number))
    installation.start()
    began = time.monotonic()
    sending = Sending(installation.url + path, storm(number, SECRET, seed))
    trouble = Trouble(installation, seed, lambda: sending.done / number)
    sending.start()
    trouble.start()
    sending.wait()
    trouble.stop()
    took = time.monotonic() - began
    for what, how_often in sorted(trouble.made.items()):
        say(f"  {how_often:3} x {what}")
    say(f"All sent in {took:.0f} s, {number / took:.0f} a second; what was not known becomes known")
    inside.number_the_rest()
    end = time.monotonic() + SETTLES_WITHIN
    while inside.waits() and time.monotonic() < end:
        time.sleep(0.5)
    say(f"Taken {time.monotonic() - began - took:.0f} s later; kept {dict(inside.kept())}")
    return judge(sending.owed, inside.held(), inside.never_told(), sending.answers, sending.wrongly_taken)


class Sending:
    """Eight at a time, each up to three times, as BEX does."""

    def __init__(self, url: str, requests_: Iterable[Request]) -> None:
        self.url = url
        self.answers: Counter[str] = Counter()
        self.owed: set[str] = set()
        self.wrongly_taken = 0
        self.done = 0
        self._storm = requests_
        self._queue: Queue[Request | None] = Queue(maxsize=200)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(AT_ONCE)]
        self._feeder = threading.Thread(target=self._feed, daemon=True)

    def start(self) -> None:
        for thread in (self._feeder, *self._threads):
            thread.start()

    def wait(self) -> None:
        for thread in (self._feeder, *self._threads):
            thread.join()

    def _feed(self) -> None:
        for request in self._storm:
            self._queue.put(request)
        for _ in self._threads:
            self._queue.put(None)

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (request := self._queue.get()) is not None:
                self._send(session, request)

    def _send(self, session: requests.Session, request: Request) -> None:
        headers = {"Content-Type": "application/json; charset=utf-8", "ms-signature": request.signature}
        for wait in RETRIED_AFTER:
            time.sleep(wait)
            try:
                reply = session.post(self.url, data=request.body, headers=headers, timeout=60, allow_redirects=False)
                answer, good = str(reply.status_code), 200 <= reply.status_code < 300
            except requests.RequestException as error:
                answer, good = type(error).__name__, False
            with self._lock:
                self.answers[answer] += 1
                if good and request.refused:
                    self.wrongly_taken += 1
                elif good:
                    self.owed.update(request.owed)
            if good or answer in {"400", "403"}:
                break
        with self._lock:
            self.done += 1


class Trouble(threading.Thread):
    """At parts of the way, so that a storm of any length meets all of it. `made`: what it did, and how often."""

    def __init__(self, installation: Installation, seed: int, progress: Callable[[], float]) -> None:
        super().__init__(daemon=True)
        self.installation, self.progress = installation, progress
        self.made: Counter[str] = Counter()
        self._over = threading.Event()
        self._random = random.Random(seed)

    def run(self) -> None:
        database = self.installation.database
        acts: dict[str, Callable[[], None]] = {
            "kill -9 worker": lambda: self.installation.kill_and_start("worker"),
            database.what: database.restart,
            "kill -9 web": lambda: self.installation.kill_and_start("web"),
            "kill -9 beat": lambda: self.installation.kill_and_start("beat"),
        }
        plan = [(part / 10 + self._random.uniform(0, 0.05), name) for part, name in enumerate(
            ["kill -9 worker", database.what, "kill -9 worker", "kill -9 web", database.what, "kill -9 worker",
             "kill -9 beat", database.what, "kill -9 worker"], start=1)]  # fmt: skip
        for when, name in plan:
            while self.progress() < when:
                if self._over.wait(0.2):
                    return
            acts[name]()
            self.made[name] += 1

    def stop(self) -> None:
        self._over.set()
        self.join(timeout=60)


def say(line: str) -> None:
    print(f"storm   | {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
