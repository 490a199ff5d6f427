"""One terminal for all: every line says who speaks."""

import sys
import threading
from typing import IO

COLOURS = {"demo": 1, "setup": 33, "sandbox": 35, "web": 36, "worker": 32, "beat": 34}
WIDTH = 7
_one_at_a_time = threading.Lock()


def say(who: str, line: str) -> None:
    prefix = f"{who:<{WIDTH}} |"
    if sys.stdout.isatty():
        prefix = f"\x1b[{COLOURS.get(who, 0)}m{prefix}\x1b[0m"
    write(f"{prefix} {line}")


def write(line: str) -> None:
    """A reader that went away is no reason to leave processes behind."""
    with _one_at_a_time:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123 - stays open as long as the process


def relay(who: str, stream: IO[str]) -> threading.Thread:
    """Passes a process's lines on until it closes its output."""

    def pump() -> None:
        with stream:
            for line in stream:
                if text := line.rstrip():
                    say(who, text)

    thread = threading.Thread(target=pump, name=f"lines of {who}", daemon=True)
    thread.start()
    return thread
