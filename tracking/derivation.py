"""From what was said to what happened: events follow from observations, by pure functions.

An observation is a row as a source said it; two sources may say one fact, one source may say it twice. Which events
follow can be worked out anew at any time, for instance when a wording has been given a meaning.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from bexapi import SAST, TrackedShipment, TrackingEvent
from shipments.models import Waybill
from tracking.models import Event, Observation
from tracking.wordings import MONTHS, Meaning, meaning


def fingerprint(*parts: object) -> str:
    """Parts are kept apart: ("a", "bc") is not ("ab", "c")."""
    text = "\x00".join(f"{len(str(part))}:{part}" for part in parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def rows_of(shipment: TrackedShipment) -> Iterator[tuple[int, str, TrackingEvent]]:
    """Each row of a reply with its place, counted from the oldest as newer ones come on top, and its fingerprint.

    The same row said again has the same fingerprint. Two rows of one reply that say the same are two. Who typed a row
    is no part of what it says.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for position, event in enumerate(reversed(shipment.events)):
        words = (event.at_text, event.description)
        yield position, fingerprint(shipment.shipment_id, *words, seen[words]), event
        seen[words] += 1


def observations_of(shipment: TrackedShipment, waybill: Waybill, now: datetime) -> list[Observation]:
    """A poll's rows of one shipment, not stored."""
    return [
        Observation(
            waybill=waybill,
            fingerprint=known_by,
            shipment_id=shipment.shipment_id[:60],
            at_text=event.at_text[:40],
            at=event.at,
            description=event.description[:500],
            user=event.user[:100],
            position=position,
            first_seen_at=now,
        )
        for position, known_by, event in rows_of(shipment)
    ]


def events_from(observations: Iterable[Observation]) -> list[Event]:
    """The facts in these observations, not stored. The same ones follow whatever the order they are given in.

    Rows of one source that say the same are several events; the same from two sources is one event with both.
    """
    events: dict[str, Event] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for said in sorted(observations, key=_as_written):
        event = _event(said)
        times = counted[said.source, event.fingerprint]
        counted[said.source, event.fingerprint] += 1
        event.fingerprint = fingerprint(event.fingerprint, times)
        twin = events.setdefault(event.fingerprint, event)
        twin.sources = sorted({*twin.sources, said.source})
    return list(events.values())


def _as_written(said: Observation) -> tuple[str, datetime, int, str]:
    return said.source, said.at or said.first_seen_at, said.position, said.fingerprint


def _event(said: Observation) -> Event:
    """What cannot be read of a moment is replaced by when it was first seen."""
    read = _read(said)
    recorded_at = said.at or said.first_seen_at
    # Sources differ in wording and in seconds; the minute and what was said about the kind are theirs in common.
    minute = recorded_at.replace(second=0, microsecond=0).timestamp()
    return Event(
        fingerprint=fingerprint(read.kind, int(minute), *read.details),
        kind=read.kind,
        description=_words(said),
        occurred_at=read.at or recorded_at,
        recorded_at=recorded_at,
        position=said.position,
        signee=(said.signee if any(map(str.isalnum, said.signee)) else read.signee)[:100],
        pieces=said.pieces,
        place=read.place[:60],
        sources=[said.source],
    )


def _read(said: Observation) -> Meaning:
    return meaning(_words(said), said.type_id)


def _words(said: Observation) -> str:
    """BEX's own; of notifications that hold none, what its polls would say."""
    if said.notification == Observation.Notification.POD:
        when = said.at.astimezone(SAST) if said.at else None
        at = f" at {when:%H:%M} on {when:%d} {MONTHS[when.month - 1].title()} {when.year}" if when else ""
        return f"Delivered to {said.signee or '-'}{at}" if at else "Delivered"
    if said.notification == Observation.Notification.ATTEMPTED_DELIVERY:
        because = f" because {said.description}" if said.description else ""
        return f"Delivery attempt failed{because}"[:500]
    return said.description
