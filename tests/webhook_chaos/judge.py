"""What the portal holds against what is owed to it: each valid fact once, none forged, none lost once answered 2xx."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass
class Verdict:
    """`owed`: facts of which a delivery was answered 2xx. `faults`: one line for each that is not as it should be."""

    requests: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    owed: int = 0
    once: int = 0
    lost: int = 0
    doubled: int = 0
    forged: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.faults and self.owed == self.once and self.owed > 0

    def __str__(self) -> str:
        told = ", ".join(f"{count} x {answer}" for answer, count in sorted(self.answers.items()))
        return (
            f"{self.requests} deliveries ({told}): {self.owed} facts owed, {self.once} there once; "
            f"lost {self.lost}, doubled {self.doubled}, forged {self.forged}"
        )


def judge(
    owed: Iterable[str], held: Mapping[str, int], never: Iterable[str], answers: Counter[str], wrongly_taken: int
) -> Verdict:
    """`held`: how often each fact is there. `never`: facts there that nobody may have told. `wrongly_taken`: requests
    answered 2xx that were spoiled.
    """
    verdict = Verdict(requests=answers.total(), answers=answers)
    for name in owed:
        verdict.owed += 1
        count = held.get(name, 0)
        if count == 1:
            verdict.once += 1
        elif count:
            verdict.doubled += 1
            verdict.faults.append(f"doubled: {name} is there {count} times")
        else:
            verdict.lost += 1
            verdict.faults.append(f"lost: {name} was answered 2xx and is not there")
    for name in never:
        verdict.forged += 1
        verdict.faults.append(f"forged: {name} is there, and BEX never told it")
    if wrongly_taken:
        verdict.forged += wrongly_taken
        verdict.faults.append(f"forged: {wrongly_taken} spoiled requests were answered 2xx")
    return verdict
