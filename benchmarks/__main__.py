"""`make bench`: every benchmark, each a ratio of two measurements of one run. ARGS="--rounds 1000" takes longer."""

import argparse
from collections.abc import Iterator

from benchmarks import bexapi_quote, booking, webhook_intake


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="calls of each kind")
    parser.add_argument("--waiting", type=int, default=1000, help="bookings that wait to be sent")
    options = parser.parse_args()
    for line in measured(options.rounds, options.waiting):
        print(f"bench   | {line}", flush=True)


def measured(rounds: int, waiting: int) -> Iterator[str]:
    for ratio in bexapi_quote.run(rounds):
        yield str(ratio)
    yield from booking.run(rounds, waiting)
    yield from webhook_intake.run(rounds)


if __name__ == "__main__":
    main()
