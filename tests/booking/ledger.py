"""A courier in memory that remembers what it was sent, whatever it answers."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bexapi import MaybeSent, NotSent, WireRequest, WireResponse
from tests.courier import PATHS, answer, booked, option, refusal, tracked

EVENT = [("24-11-2026 10:00", "Shipment integrated to courier system")]
COMMITS = ("booked", "refused after it was kept", "no answer after it was kept", "killed after it was kept")
NUMBERS = count(1)
REFUSALS = ("refused", "refused after it was kept")
WAYS = (*COMMITS, "refused", "unreachable", "no answer", "killed")


class Killed(BaseException):
    """The sender's process is gone: nothing of it runs any more."""


@dataclass(frozen=True)
class Kept:
    """A submission as it arrived. `number`: '' where the courier did not keep it."""

    reference: str
    number: str
    way: str


@dataclass
class Ledger:
    """Answers the next submission in the given `way`. What is `hidden` is not found by tracking yet."""

    way: str = "booked"
    hidden: bool = False
    arrived: list[Kept] = field(default_factory=list)

    def number_of(self, reference: str) -> str:
        return next((kept.number for kept in self.arrived if kept.reference == reference), "")

    @property
    def numbers(self) -> set[str]:
        return {kept.number for kept in self.arrived if kept.number}

    def __call__(self, request: WireRequest) -> WireResponse:
        call = next(name for name, path in PATHS.items() if request.url.endswith(path))
        body: dict[str, Any] = json.loads(request.body)
        if call == "submit":
            return self._submit(body)
        if call == "track":
            number = "" if self.hidden else self.number_of(body["searchItems"])
            return tracked((number, number, EVENT)) if number else tracked()
        if call == "quote":
            return answer({"items": [option()]})
        return answer(b"%PDF-1.4 label", content_type="application/pdf")

    def _submit(self, body: dict[str, Any]) -> WireResponse:
        if self.way == "unreachable":
            raise NotSent("connection refused")
        reference = body["additionalReferences"][0]["value"]
        number = f"ACP{next(NUMBERS):08d}" if self.way in COMMITS else ""
        self.arrived.append(Kept(reference, number, self.way))
        if self.way.startswith("killed"):
            raise Killed
        if self.way.startswith("no answer"):
            raise MaybeSent("no answer in time")
        return refusal("No.") if self.way in REFUSALS else booked(number)
