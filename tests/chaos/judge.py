"""Both sides, row by row: what the portal believes, and what the courier holds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Verdict:
    """Numbers of waybills. `faults`: one line for each that is not as it should be."""

    asked: int = 0
    booked: int = 0
    unknown: int = 0
    refused: int = 0
    held: int = 0
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.faults and self.asked == self.booked + self.unknown + self.refused + self.held

    def __str__(self) -> str:
        return (
            f"asked {self.asked}, booked once {self.booked}, unknown and rightly so {self.unknown}, "
            f"refused {self.refused}, held for a person {self.held}; "
            f"lost {self.lost}, doubled {self.doubled}, stuck {self.stuck}"
        )


@dataclass(frozen=True)
class Row:
    """One waybill of the portal and the references of its attempts."""

    name: str
    state: str
    number: str
    references: tuple[str, ...]


def judge(rows: Iterable[Row], shipments: Iterable[dict[str, Any]]) -> Verdict:
    """`shipments`: as the sandbox tells them. What it holds under a reference that nobody here knows is lost, too."""
    held: defaultdict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for shipment in shipments:
        names[shipment["number"]] = shipment["senders_ref"]
        for reference in shipment["references"]:
            held[reference].add(shipment["number"])
    verdict = Verdict()
    for row in rows:
        numbers = set().union(*(held.pop(reference, set()) for reference in row.references))
        verdict.asked += 1
        _count(verdict, row, numbers)
        if any(names[number] != row.name for number in numbers):
            verdict.faults.append(
                f"mixed up: {row.name}, the courier holds {sorted(names[number] for number in numbers)}"
            )
    for reference, numbers in held.items():
        verdict.lost += 1
        verdict.faults.append(f"{sorted(numbers)} under {reference}: nobody here knows it")
    return verdict


def _count(verdict: Verdict, row: Row, numbers: set[str]) -> None:
    told = f"{row.name} is {row.state} {row.number}, the courier holds {sorted(numbers)}"
    if len(numbers) > 1:
        verdict.doubled += 1
        verdict.faults.append(f"doubled: {told}")
    elif row.state in {"queued", "submitting", "draft"}:
        verdict.stuck += 1
        verdict.faults.append(f"stuck: {told}")
    elif row.state == "booked" and numbers == {row.number}:
        verdict.booked += 1
    elif numbers or row.state == "booked":
        verdict.lost += 1
        verdict.faults.append(f"lost: {told}")
    elif row.state == "unknown":
        verdict.unknown += 1
    elif row.state == "rejected":
        verdict.refused += 1
    elif row.state == "held":
        verdict.held += 1
    else:
        verdict.faults.append(f"not expected: {told}")
