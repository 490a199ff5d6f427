"""`make bench`: every benchmark, each a ratio of two measurements of one run. ARGS="--rounds 1000" takes longer."""

import argparse
from collections.abc import Iterator

from benchmarks import bexapi_quote, booking, live, tracking, webhook_intake


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="calls of each kind")
    parser.add_argument("--waiting", type=int, default=1000, help="bookings that wait to be sent")
    parser.add_argument("--due", type=int, default=10_000, help="parcels that are due at once; by hand 100000")
    parser.add_argument("--week", type=int, default=10_000, help="parcels of the simulated week")
    parser.add_argument("--pages", type=int, default=200, help="pages that stand open")
    parser.add_argument("--seconds", type=int, default=42, help="for which they are watched")
    parser.add_argument("--only", choices=("bexapi", "booking", "live", "tracking", "webhooks"), help="these alone")
    options = parser.parse_args()
    for line in measured(options):
        print(f"bench   | {line}", flush=True)


def measured(options: argparse.Namespace) -> Iterator[str]:
    if options.only in {None, "bexapi"}:
        for ratio in bexapi_quote.run(options.rounds):
            yield str(ratio)
    if options.only in {None, "booking"}:
        yield from booking.run(options.rounds, options.waiting)
    if options.only in {None, "tracking"}:
        yield from tracking.run(1000, options.due, options.week)
    if options.only in {None, "webhooks"}:
        yield from webhook_intake.run(options.rounds)
    if options.only in {None, "live"}:
        yield from live.run(options.pages, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
