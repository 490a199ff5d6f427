"""`make chaos-mutations`: takes each guard of the promise out of a copy of the source; chaos has to find fault.

The patches live here and nowhere else. Where the words that one replaces are no longer in the source it fails aloud:
a guard that moved needs its mutation to move along. With `--control` the same mixes run on the source as it is, and
must find nothing.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("bexapi", "sandbox", "bexportal", "accounts", "shipments", "tracking", "tests", "templates", "static")
ROUNDS = 3


class MovedError(Exception):
    """The source no longer holds what a mutation replaces, or holds it twice."""


@dataclass(frozen=True)
class Patch:
    path: str
    before: str
    after: str

    def apply(self, root: Path) -> None:
        """Raises MovedError."""
        file = root / self.path
        text = file.read_text() if file.exists() else ""
        if text.count(self.before) != 1:
            raise MovedError(f"{self.path} holds this {text.count(self.before)} times, not once:\n{self.before}")
        file.write_text(text.replace(self.before, self.after))


@dataclass(frozen=True)
class Mutation:
    """A guard that is taken out, and the troubles that are aimed at where it stood."""

    name: str
    mix: str
    bookings: int
    seed: int
    patches: tuple[Patch, ...]


MUTATIONS = (
    Mutation(
        "no lease: a claim never ends", "kills", 60, 101,
        (Patch(
            "accounts/leases.py",
            "        return Q(lease_until__lt=_database_clock())\n",
            "        return Q(lease_until__isnull=True)\n",
        ),),
    ),
    Mutation(
        "no lease: a claim may be taken for over at once", "pauses", 60, 102,
        (Patch(
            "accounts/leases.py",
            "        return Q(lease_until__lt=_database_clock())\n",
            "        return Q(lease_until__isnull=False)\n",
        ),),
    ),
    Mutation(
        "no version: whoever comes late is heard", "stale buttons", 60, 103,
        (Patch(
            "shipments/changing.py",
            "        if version is not None:\n            rows = rows.filter(version=version)\n",
            "",
        ),),
    ),
    Mutation(
        "no commit before sending: claim and call in one transaction", "kills", 60, 104,
        (
            Patch(
                "shipments/sending.py",
                "        turn.keep()\n        _send(found)\n",
                "        turn.keep()\n        with transaction.atomic():\n            _send(found)\n",
            ),
            Patch(
                "shipments/sending.py",
                "from django.db import InterfaceError, OperationalError, connection\n",
                "from django.db import InterfaceError, OperationalError, connection, transaction\n",
            ),
            # The gateway would refuse to be used like this.
            Patch(
                "accounts/gateway.py",
                'if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):',
                "if False:",
            ),
        ),
    ),
    Mutation(
        "no deadline before the first byte", "late senders", 60, 105,
        (
            Patch("bexapi/sockets.py", "        if self.deadline.expired:\n            raise TooLate\n", ""),
            Patch(
                "bexapi/sockets.py",
                "        if left <= 0:\n            raise TooLate\n        return min(seconds, left)\n",
                "        return min(seconds, left) if left > 0 else seconds\n",
            ),
        ),
    ),
    Mutation(
        "no journal", "answers that cannot be stored", 60, 106,
        (Patch(
            "shipments/journal.py",
            "def _write(line: dict[str, Any]) -> None:\n",
            "def _write(line: dict[str, Any]) -> None:\n    return\n",
        ),),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """`said`: the last line of the run that decided. `rounds`: how many runs it took."""

    found: bool
    said: str
    rounds: int
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos-mutations", description=__doc__)
    parser.add_argument("--only", default="", help="mutations whose name holds this")
    parser.add_argument("--control", action="store_true", help="the same mixes, nothing taken out")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="at most so many runs for each")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wrong = 0
    for mutation in MUTATIONS:
        if options.only not in mutation.name:
            continue
        outcome = control(mutation) if options.control else hunt(mutation, options.rounds)
        verdict = "found" if outcome.found else "nothing found"
        say(f"{mutation.name}: {verdict}, {outcome.rounds} x {mutation.bookings} bookings, {outcome.seconds:.0f} s")
        say(f"    {outcome.said}")
        wrong += outcome.found == options.control
    say("All as it should be" if not wrong else f"{wrong} not as they should be")
    return 1 if wrong else 0


def hunt(mutation: Mutation, rounds: int) -> Outcome:
    """Runs until fault is found or the rounds are used up. What is only not proved ("not tried") is no fault."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bexportal-mutation-") as folder:
        root = copy(Path(folder))
        for patch in mutation.patches:
            patch.apply(root)
        said = ""
        for count in range(1, rounds + 1):
            found, said = run(root, mutation, mutation.seed + 1000 * (count - 1))
            if found:
                return Outcome(True, said, count, time.monotonic() - began)
    return Outcome(False, said, rounds, time.monotonic() - began)


def control(mutation: Mutation) -> Outcome:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bexportal-mutation-") as folder:
        found, said = run(copy(Path(folder)), mutation, mutation.seed)
    return Outcome(found, said, 1, time.monotonic() - began)


def copy(folder: Path) -> Path:
    """The source as it lies here, without what was made from it."""
    for name in OURS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder)
    for file in ("pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / file, folder)
    return folder


def run(root: Path, mutation: Mutation, seed: int) -> tuple[bool, str]:
    """Whether anything was lost, doubled or stuck, and what chaos said at last."""
    command = [sys.executable, "-m", "tests.chaos", "-n", str(mutation.bookings), "--seed", str(seed)]
    process = subprocess.Popen(
        [*command, "--mix", mutation.mix], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    lines = list(_pass_on(process))
    process.wait()
    said = lines[-1].removeprefix("chaos   | ") if lines else "nothing"
    counts = re.search(r"lost (\d+), doubled (\d+), stuck (\d+)", said)
    if counts is None:
        raise SystemExit(f"{mutation.name}: the run came to no verdict; its lines above say why")
    return any(int(count) for count in counts.groups()), said


def _pass_on(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        print("        " + line.rstrip(), flush=True)
        yield line.rstrip()


def say(line: str) -> None:
    print(f"mutants | {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
