"""What BEX's wordings mean: one table of the documented texts and of the webhooks' TrackingTypeId.

The texts are those of BEX's documentation, both of its tracking and of its webhook part; they vary in small words, case
and spaces. What is not recognised stays `unclassified` and is shown as BEX said it.
"""

import re
from dataclasses import dataclass
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
    UNCLASSIFIED = "unclassified"


class Wording(NamedTuple):
    kind: Kind
    pattern: re.Pattern[str]


def _wording(kind: Kind, pattern: str) -> Wording:
    return Wording(kind, re.compile(rf"(?:shipment )?{pattern}", re.IGNORECASE))


_SITE = r"(?:depot|branch|hub)"
WORDINGS: tuple[Wording, ...] = (
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

    `details`: what tells two events of one kind apart whatever the wording: places, reason, name and time.
    """

    kind: Kind
    place: str = ""
    signee: str = ""
    at: datetime | None = None
    details: tuple[str, ...] = ()


def meaning(description: str, type_id: int | None = None) -> Meaning:
    """What BEX's words mean; where they say nothing known, what the webhook's type says; else unclassified."""
    text = " ".join(description.split())
    for kind, pattern in WORDINGS:
        match = pattern.match(text)
        if match:
            return _read(kind, match.groupdict(default=""))
    return Meaning(TYPE_IDS.get(type_id or 0, Kind.UNCLASSIFIED), details=(text.casefold(),))


def _read(kind: Kind, said: dict[str, str]) -> Meaning:
    return Meaning(
        kind=kind,
        place=said.get("place", ""),
        signee=_name(said.get("signee", "")),
        at=_moment(said.get("day", ""), said.get("time", "")),
        details=tuple(value.casefold() for _, value in sorted(said.items())),
    )


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
