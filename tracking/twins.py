"""Which of several sayings are one fact.

BEX tells one thing on several channels: a row of its table, a tracking notification, a proof of delivery, an
attempted delivery. Words, seconds and even days differ between them: the row of a delivery is written days after the
notification. Within one channel nothing is said twice, so only sayings of different channels are twins.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bexapi import SAST
from tracking.models import Observation
from tracking.wordings import MONTHS, Kind, Meaning, Words

CLOSE = timedelta(minutes=5)
APART: dict[str, timedelta] = {Kind.ATTEMPT_FAILED: timedelta(hours=12)}
"""How far apart two sayings of one fact may lie. The row of a failed attempt is written when the driver is back."""
_TOLD = Observation.Notification
CHANNELS = ("poll", _TOLD.TRACKING_EVENT, _TOLD.POD, _TOLD.ATTEMPTED_DELIVERY)
"""In the order in which they are believed."""


@dataclass(frozen=True)
class Reading:
    """An observation, and what it means."""

    said: Observation
    words: str
    meaning: Meaning
    recorded_at: datetime
    occurred_at: datetime

    @classmethod
    def of(cls, said: Observation, words: Words) -> "Reading":
        """What cannot be read of a moment is replaced by when it was first seen."""
        text, recorded_at = words_of(said), said.at or said.first_seen_at
        read = words.meaning(text, said.type_id)
        return cls(said, text, read, recorded_at, read.at or recorded_at)

    @property
    def channel(self) -> int:
        polled = self.said.source == Observation.Source.POLL
        return 0 if polled else CHANNELS.index(self.said.notification or _TOLD.TRACKING_EVENT)

    @property
    def key(self) -> tuple[datetime, int, str]:
        return self.occurred_at, self.said.position, self.said.fingerprint

    @property
    def kind(self) -> str:
        return self.meaning.kind

    @property
    def is_classified(self) -> bool:
        return self.meaning.kind != Kind.UNCLASSIFIED

    @property
    def signee(self) -> str:
        told = self.said.signee
        return told if any(map(str.isalnum, told)) else self.meaning.signee

    def may_be(self, other: "Reading") -> bool:
        """Whether both can be one fact, their moments apart."""
        if " ".join(self.words.casefold().split()) == " ".join(other.words.casefold().split()):
            return True
        if self.kind != other.kind or not self.is_classified:
            return False
        if self.kind == Kind.DELIVERED:
            return True  # the same minute: names are spelt as it comes
        if self.kind == Kind.ATTEMPT_FAILED and abs(self.occurred_at - other.occurred_at) <= CLOSE:
            return True  # so are reasons
        ours, theirs = self.meaning.details, other.meaning.details
        return all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys() if ours[name] and theirs[name])


@dataclass
class Fact:
    readings: list[Reading] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.readings[0].occurred_at


def words_of(said: Observation) -> str:
    """BEX's own; of notifications that hold none, what its table would say."""
    if said.notification == Observation.Notification.POD:
        if said.at is None:
            return "Delivered"
        when = said.at.astimezone(SAST)
        day = f"{when:%d} {MONTHS[when.month - 1].title()} {when.year}"
        return f"Delivered to {said.signee or '-'} at {when:%H:%M} on {day}"
    if said.notification == Observation.Notification.ATTEMPTED_DELIVERY:
        return (
            f"Delivery attempt failed because {said.description}"[:500]
            if said.description
            else "Delivery attempt failed"
        )
    return said.description


def facts_in(readings: Iterable[Reading]) -> list[Fact]:
    """Each channel's sayings in the order of their moments are laid beside the facts told so far: the nearest that can
    be the same, and that this channel has not told yet, is. Linear but for what lies close together.
    """
    by_channel: dict[int, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_channel[reading.channel].append(reading)
    facts: list[Fact] = []
    for channel in sorted(by_channel):
        told = sorted(by_channel[channel], key=lambda reading: reading.key)
        facts = sorted([*facts, *_lay(told, facts)], key=lambda fact: fact.readings[0].key)
    return facts


def _lay(told: Sequence[Reading], facts: Sequence[Fact]) -> list[Fact]:
    """Puts what is told to its fact; what nobody told before comes back as facts of its own."""
    new: list[Fact] = []
    taken: set[int] = set()
    moments = [fact.at for fact in facts]
    for reading in told:
        allowed = APART.get(reading.kind, CLOSE)
        first, last = reading.occurred_at - allowed, reading.occurred_at + allowed
        near = [
            (abs(moments[place] - reading.occurred_at), place)
            for place in range(bisect_left(moments, first), bisect_right(moments, last))
            if place not in taken and facts[place].readings[0].may_be(reading)
        ]
        if near:
            _, place = min(near)
            taken.add(place)
            facts[place].readings.append(reading)
        else:
            new.append(Fact([reading]))
    return new
