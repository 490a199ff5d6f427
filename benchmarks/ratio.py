"""Two ways of doing the same thing, measured turn by turn in one run: only their ratio says something."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Medians in seconds: `ours` of what we do, `least` of the least that does the same."""

    title: str
    ours: float
    least: float
    note: str = ""

    def __str__(self) -> str:
        return (
            f"{self.title}: {self.ours / self.least:.2f} times the least "
            f"({self.ours * 1000:.2f} ms against {self.least * 1000:.2f} ms){self.note and '; ' + self.note}"
        )


def compare(title: str, ours: Callable[[], object], least: Callable[[], object], rounds: int, note: str = "") -> Ratio:
    """Turn by turn, so that a busy machine slows both."""
    for each in (ours, least):
        for _ in range(max(3, rounds // 20)):
            each()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for times, each in zip(taken, (ours, least), strict=True):
            started = time.perf_counter()
            each()
            times.append(time.perf_counter() - started)
    return Ratio(title, statistics.median(taken[0]), statistics.median(taken[1]), note)
