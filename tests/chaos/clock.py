"""`python -m tests.chaos.clock NAME MODULE …`: runs a module in a process whose clock can be moved while it runs.

The file that CHAOS_CLOCK names holds the seconds by which each process's clock is wrong, by NAME. What nobody sets on a
real machine, the clocks that count since the boot, is left alone here, too.
"""

import json
import os
import runpy
import sys
import threading
import time
from pathlib import Path

import time_machine

LOOKED_EVERY = 0.25


def follow(name: str) -> None:
    """Moves this process's clock whenever the file says so."""
    path = Path(os.environ["CHAOS_CLOCK"])
    wrong_by, travel = 0.0, None
    wait = threading.Event().wait  # on the monotonic clock
    while not wait(LOOKED_EVERY):
        wanted = _read(path, name, wrong_by)
        if wanted == wrong_by:
            continue
        if travel is not None:
            travel.stop()
            travel = None
        if wanted:
            travel = time_machine.travel(time.time() + wanted, tick=True)
            travel.start()
        wrong_by = wanted


def _read(path: Path, name: str, otherwise: float) -> float:
    try:
        return float(json.loads(path.read_text()).get(name, 0.0))
    except (OSError, ValueError):
        return otherwise


def main() -> None:
    name, module, *arguments = sys.argv[1:]

    def begin() -> None:
        threading.Thread(target=follow, args=(name,), daemon=True, name="chaos clock").start()

    begin()
    os.register_at_fork(after_in_child=begin)  # gunicorn's workers
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
