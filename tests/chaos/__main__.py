"""`make chaos`: books through a whole portal while everything around it breaks, then compares both sides.

It prints what was asked and what became of it, and the seed with which to repeat it. Exit code 1 where anything was
lost, doubled or stuck.
"""

import argparse
import logging
import os
import random
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from queue import Empty, Queue

from tests.chaos.judge import Row, Verdict, judge
from tests.chaos.portal import Clerk, Portal
from tests.chaos.trouble import Trouble

CLERKS = 4
SETTLES_WITHIN = 240.0
BREAKS_FOR_AT_MOST = 600.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("-n", type=int, default=60, help="bookings")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    say(f"{options.n} bookings, seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="bexportal-chaos-") as folder:
        portal = Portal(Path(folder) / "home")
        try:
            verdict = run(portal, options.n, options.seed)
        finally:
            portal.end()
    for fault in verdict.faults:
        say(fault)
    say(f"{verdict} (seed {options.seed})")
    return 0 if verdict.passed else 1


def run(portal: Portal, number: int, seed: int) -> Verdict:
    os.environ.update(portal.environment())
    import django

    django.setup()
    logging.disable(logging.ERROR)  # the portal's own lines stand in its log
    from tests.chaos import inside

    drafts = inside.make_drafts(number)
    say(f"{len(drafts)} drafts; now it breaks")
    trouble = Trouble(portal, seed, inside.log_in_again)
    trouble.start()
    book_all(portal, inside.session_cookie(), drafts, seed)
    end = time.monotonic() + BREAKS_FOR_AT_MOST
    while inside.under_way(drafts) and time.monotonic() < end:
        time.sleep(1)
    trouble.stop()
    for what, how_often in sorted(trouble.made.items()):
        say(f"  {how_often:3} x {what}")
    inside.log_in_again()
    say("All asked and nothing breaks any more; waiting until nothing is under way")
    end = time.monotonic() + SETTLES_WITHIN
    while inside.under_way(drafts) and time.monotonic() < end:
        time.sleep(1)
    inside.look_everything_up(timedelta(days=1))
    rows = [Row(*one) for one in inside.rows(drafts)]
    others = inside.other_references(drafts)
    shipments = portal.control("state")["waybills"]
    ours = [one for one in shipments if not one["foreign"] and not others.intersection(one["references"])]
    say(f"{len(ours)} shipments at the courier, {sum(len(row.references) for row in rows)} attempts here")
    return judge(rows, ours)


def book_all(portal: Portal, cookie: tuple[str, str], drafts: list[str], seed: int) -> None:
    """Some press the button once, some twice, some in two windows."""
    chance = random.Random(seed + 1)
    wanted: Queue[tuple[str, int]] = Queue()
    for draft in drafts:
        wanted.put((draft, chance.choice((1, 1, 2))))
        if chance.random() < 0.2:
            wanted.put((draft, 1))
    clerks = [threading.Thread(target=_work, args=(Clerk(portal, cookie), wanted)) for _ in range(CLERKS)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()


def _work(clerk: Clerk, wanted: "Queue[tuple[str, int]]") -> None:
    while True:
        try:
            draft, presses = wanted.get_nowait()
        except Empty:
            return
        clerk.book(draft, presses=presses)
        time.sleep(0.2)


def say(line: str) -> None:
    print(f"chaos   | {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
