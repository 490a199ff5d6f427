"""`make bench`: every benchmark, each a ratio of two measurements of one run. ARGS="--rounds 1000" takes longer."""

import argparse

from benchmarks import bexapi_quote

ALL = (bexapi_quote,)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="calls of each kind")
    options = parser.parse_args()
    for benchmark in ALL:
        for ratio in benchmark.run(options.rounds):
            print(f"bench   | {ratio}")


if __name__ == "__main__":
    main()
