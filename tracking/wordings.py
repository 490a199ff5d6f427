"""What BEX's wordings mean: the documented texts and TrackingTypeIds, and what admins have added to them.

The texts are those of BEX's documentation, both of its tracking and of its webhook part; they vary in small words, case
and spaces. What is not recognised stays `unclassified` and is shown as BEX said it; `tracking.vocabulary` keeps it for
an admin, who says what it means.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bexapi import SAST


class Kind(StrEnum):
    INTEGRATED = "integrated"
    HANDED_OVER = "handed_over"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    LOADED = "loaded"
    ATTEMPT_FAILED = "attempt_failed"
    DRIVER_CONFIRMED = "driver_confirmed"
    DELIVERED = "delivered"
    RETURNED = "returned"
    EXCEPTION = "exception"
    NOTED = "noted"
    UNCLASSIFIED = "unclassified"


class Documented(NamedTuple):
    kind: Kind
    pattern: re.Pattern[str]


def _wording(kind: Kind, pattern: str) -> Documented:
    return Documented(kind, re.compile(rf"(?:shipment )?{pattern}", re.IGNORECASE))


LONGEST = 200
_SITE = r"(?:depot|branch|hub)(?:/(?:depot|branch|hub))?"
WORDINGS: tuple[Documented, ...] = (
    _wording(Kind.INTEGRATED, r"integrated (?:in)?to (?:the |our )?(?:courier )?system\b"),
    _wording(Kind.HANDED_OVER, r"handed (?:over )?to (?:the )?courier\b"),
    _wording(Kind.DEPARTED, rf"departed (?:from )?(?P<place>.+?) {_SITE}(?: for (?P<towards>.+?) {_SITE})?$"),
    _wording(Kind.ARRIVED, rf"arrived (?:into|at|in) (?P<place>.+?) {_SITE}$"),
    _wording(Kind.LOADED, r"loaded onto (?:a |the )?vehicle for delivery\b"),
    _wording(Kind.ATTEMPT_FAILED, r"delivery attempt failed(?: because (?P<reason>.*))?$"),
    _wording(Kind.DRIVER_CONFIRMED, r"driver confirmed successful delivery\b"),
    # The name is whatever stands before the last "at": a name may hold that word itself.
    _wording(
        Kind.DELIVERED,
        r"delivered to ?(?P<signee>.*?) ?at (?P<time>\d{1,2}:\d\d) on (?P<day>\d{1,2} [a-z]+ (?:19|20|21)\d\d)$",
    ),
    _wording(Kind.DELIVERED, r"delivered$"),
    _wording(Kind.RETURNED, r"return(?:ed)? to (?:the )?(?:sender|shipper|consignor)\b"),
)
TYPE_IDS: dict[int, Kind] = {
    1: Kind.HANDED_OVER,
    4: Kind.DEPARTED,
    5: Kind.ARRIVED,
    7: Kind.LOADED,
    9: Kind.ATTEMPT_FAILED,
    13: Kind.INTEGRATED,
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Meaning:
    """What a text says. `signee`: who signed, '' where it does not say. `at`: when, where the text itself says so.

    `details`: what tells two events of one kind apart whatever the wording, by name: places, reason.
    """

    kind: Kind
    place: str = ""
    signee: str = ""
    at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Words:
    """All that is known of BEX's words. `texts`: what admins added, a `*` standing for anything; `types`: likewise."""

    texts: Sequence[tuple[re.Pattern[str], Kind]] = ()
    types: Mapping[int, Kind] = field(default_factory=dict)

    @classmethod
    def with_added(cls, texts: Iterable[tuple[str, str]], types: Iterable[tuple[int, str]]) -> "Words":
        return cls(
            tuple((pattern_of(text), Kind(kind)) for text, kind in texts),
            {number: Kind(kind) for number, kind in types},
        )

    def meaning(self, description: str, type_id: int | None = None) -> Meaning:
        """What BEX's words mean; where they say nothing known, what the webhook's type says; else unclassified."""
        text = plain(description)
        documented = read(text)
        if documented is not None:
            return documented
        for pattern, kind in self.texts:
            if pattern.fullmatch(text):
                return Meaning(kind)
        type_id = type_id or 0
        return Meaning(self.types.get(type_id) or TYPE_IDS.get(type_id, Kind.UNCLASSIFIED))


DOCUMENTED = Words()


def meaning(description: str, type_id: int | None = None) -> Meaning:
    """As far as BEX's documentation tells."""
    return DOCUMENTED.meaning(description, type_id)


def plain(text: str) -> str:
    return " ".join(text.split())


def read(text: str) -> Meaning | None:
    """What a plain text means, where its wording is documented."""
    for kind, pattern in WORDINGS:
        match = pattern.match(text)
        if match:
            said = match.groupdict(default="")
            return Meaning(
                kind=kind,
                place=said.get("place", ""),
                signee=_name(said.get("signee", "")),
                at=_moment(said.get("day", ""), said.get("time", "")),
                details={name: value.casefold() for name, value in said.items()},
            )
    return None


def pattern_of(text: str) -> re.Pattern[str]:
    """An admin's text: any case, a `*` stands for anything."""
    parts = [re.escape(part.strip()) for part in plain(text).split("*")]
    return re.compile(r"\s*(?:.+?)?\s*".join(parts), re.IGNORECASE)


_UNTOLD = re.compile(
    r"""
      \S*\d\S*                                # numbers, times, barcodes
    | (?<=[a-z\d]\s)[A-Z][\w.'’-]*              # names and places stand inside a sentence with a capital
    | \b[A-Z][A-Z.'’-]+\b                     # and codes of depots in capitals
    """,
    re.VERBOSE,
)


def masked(description: str) -> str:
    """The wording without its places, names and numbers, so that what differs in those alone is one: `held at *`."""
    text = plain(description)
    shouted = text.upper() == text  # where all is in capitals they say nothing
    text = re.sub(r"\S*\d\S*", "*", text) if shouted else _UNTOLD.sub("*", text)
    text = re.sub(rf"(?i)\b(at|into|in|from|for|to) \S+(?= {_SITE}\b)", r"\1 *", text)
    text = re.sub(r"\*(?:[\s,.:;/-]*\*)+", "*", text).casefold()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}*"


def _name(text: str) -> str:
    """Where nobody signed, BEX leaves the place empty or draws a dash."""
    return text.strip() if any(letter.isalnum() for letter in text) else ""


def _moment(day: str, clock: str) -> datetime | None:
    """`03 Sep 2021` and `08:26`, whatever the process's locale. None for what is no moment."""
    if not day or not clock:
        return None
    number, month, year = day.split()
    hour, minute = clock.split(":")
    try:
        return datetime(
            int(year), MONTHS.index(month[:3].casefold()) + 1, int(number), int(hour), int(minute), tzinfo=SAST
        )
    except ValueError:
        return None
