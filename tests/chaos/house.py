"""`python -m tests.chaos.house`: the demo's processes, in a house that is easier to break.

Two workers, so that one works on while the other is frozen; deadlines of CHAOS_DEADLINE seconds, so that leases end
soon; and every process of the portal but the courier has a clock that can be moved.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bexportal.demo import supervisor
from bexportal.demo.home import Home
from bexportal.demo.processes import Child, end_with_parent

MOVABLE = ("web", "worker", "beat")


class House(Home):
    def settings(self, web_port: int, sandbox_port: int, given: Mapping[str, str] = os.environ) -> dict[str, str]:
        deadline = float(given["CHAOS_DEADLINE"])
        return super().settings(web_port, sandbox_port, given) | {
            "BEX_DEADLINE": str(deadline),
            "BEX_CONNECT_TIMEOUT": str(deadline / 2),
            "BEX_READ_TIMEOUT": str(deadline * 0.75),
        }


class Household(supervisor.Demo):
    def _child(self, name: str, *arguments: str, keep_fds: list[int] | None = None) -> Child:
        if name not in MOVABLE:
            return super()._child(name, *arguments, keep_fds=keep_fds)
        _, module, *rest = arguments  # -m, what it runs
        if name == "worker":
            super()._child("worker2", "-m", "tests.chaos.clock", "worker2", module, *rest, "-n", "second@%h")
        return super()._child(name, "-m", "tests.chaos.clock", name, module, *rest, keep_fds=keep_fds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sandbox-port", type=int, required=True)
    options = parser.parse_args()
    end_with_parent()
    return supervisor.run(House(options.home), options.port, options.sandbox_port, Household)


if __name__ == "__main__":
    sys.exit(main())
