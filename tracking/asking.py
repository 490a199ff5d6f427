"""Asking BEX about up to ten parcels in one call. Where the call as a whole fails because of one of them, which."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bexapi import BexBusy, BexClient, BexError, BexOutcomeUnknown, BexRejected, Deadline, TrackingReply
from bexapi.tracking import MOST_ITEMS
from shipments.models import Waybill

MOST_A_CALL = MOST_ITEMS
_NOT_ABOUT_AN_ITEM = frozenset({401, 403, 404, 405})


@dataclass(frozen=True)
class Answer:
    """What BEX answered about these: a reply or an error."""

    waybills: Sequence[Waybill]
    reply: TrackingReply | None = None
    error: BexError | None = None


@dataclass
class Asking:
    """One batch at one endpoint. `seconds`: no further call is made after so long. `patience`: the most seconds that
    a call may take, where that is less than usual.
    """

    client: BexClient
    seconds: float
    patience: float | None = None
    calls: int = 0
    _began: float = field(default_factory=time.monotonic)

    @property
    def is_too_late(self) -> bool:
        return time.monotonic() - self._began > self.seconds

    def about(self, waybills: Sequence[Waybill]) -> list[Answer]:
        """One call where all is well. What was asked about and not answered comes back with its error. Touches no
        database: it may be used by another thread.
        """
        answer = self._call(waybills)
        if answer.error is None or not self._may_be_one_of(answer):
            return [answer]
        middle = len(waybills) // 2
        halves = [self._call(waybills[:middle]), self._call(waybills[middle:])]
        if not isinstance(answer.error, BexRejected) and all(half.error for half in halves):
            return halves  # nothing is answered at all: none of them is to blame
        answers: list[Answer] = []
        for half in halves:
            answers += self._narrow(half)
        return answers

    def _narrow(self, failed: Answer) -> list[Answer]:
        """Halves what failed until single parcels are left."""
        if failed.error is None or not self._may_be_one_of(failed):
            return [failed]
        middle = len(failed.waybills) // 2
        halves = (failed.waybills[:middle], failed.waybills[middle:])
        return [answer for half in halves for answer in self._narrow(self._call(half))]

    def _call(self, waybills: Sequence[Waybill]) -> Answer:
        self.calls += 1
        numbers = [waybill.waybill_number for waybill in waybills]
        deadline = Deadline.after(self.patience) if self.patience else None
        try:
            return Answer(waybills, reply=self.client.track(numbers, deadline=deadline))
        except BexError as error:
            return Answer(waybills, error=error)

    def _may_be_one_of(self, answer: Answer) -> bool:
        """Whether the call may have failed for one of its items: it was understood and refused, or broke BEX."""
        error = answer.error
        if len(answer.waybills) < 2 or self.is_too_late:
            return False
        if isinstance(error, BexRejected):
            return error.status not in _NOT_ABOUT_AN_ITEM
        return isinstance(error, BexOutcomeUnknown) and error.status is not None


def in_words(error: BexError | None) -> str:
    """For staff: why there is nothing new. BEX's own words are not among it."""
    if isinstance(error, BexRejected):
        return "BEX refused to answer about this number."
    if isinstance(error, BexBusy):
        return "BEX is busy and asks to wait."
    if isinstance(error, BexOutcomeUnknown):
        return "BEX gave no answer that can be read."
    return "BEX could not be reached."
