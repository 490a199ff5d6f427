"""`python -m bexportal.demo`: the whole portal in one terminal, against a courier in a box."""

import argparse
import os
import sys
from pathlib import Path

from bexportal.demo import supervisor
from bexportal.demo.home import ROOT, Home, InUseError
from bexportal.demo.ports import port
from bexportal.demo.processes import end_with_parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=port, default=supervisor.WEB_PORT, help="the next free one is taken")
    parser.add_argument("--sandbox-port", type=port, help="at the first start; kept (default: one for this folder)")
    parser.add_argument("--home", type=Path, default=ROOT / ".demo", help="folder that keeps what was done")
    parser.add_argument("--reset", action="store_true", help="forget what was done, and end")
    options = parser.parse_args()
    if os.environ.get("MAKELEVEL"):
        end_with_parent()
    try:
        home = Home(options.home.resolve())
    except InUseError as other:
        print(f"The demo runs already: {other.running}. Stop it there with Ctrl-C.", file=sys.stderr)
        return 1
    if options.reset:
        return _reset(home)
    try:
        return supervisor.run(home, options.port, options.sandbox_port)
    except (supervisor.CannotStartError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _reset(home: Home) -> int:
    home.begin_anew()
    print("What was done in the demo is gone. `make demo` begins anew.")
    if os.environ.get("DATABASE_URL"):
        print("The database that DATABASE_URL names is left as it is: empty it yourself before the next start.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
