"""From what was said to what happened: events follow from observations, by pure functions.

An observation is a row as a source said it; two sources may say one fact, one source may say it twice. Which events
follow can be worked out anew at any time, for instance when a wording has been given a meaning.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from bexapi import TrackedShipment, TrackingEvent
from shipments.models import Waybill
from tracking.models import Event, Observation
from tracking.twins import Reading, facts_in
from tracking.wordings import DOCUMENTED, Words


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


def events_from(observations: Iterable[Observation], words: Words = DOCUMENTED) -> list[Event]:
    """The facts in these observations, not stored. The same ones follow whatever the order they are given in, and
    however often the same one is.

    Rows of one source that say the same are several events; the same from two sources is one event with both.
    """
    once = {(said.source, said.fingerprint): said for said in observations}
    return [_event(fact.readings) for fact in facts_in([Reading.of(said, words) for said in once.values()])]


def _event(readings: list[Reading]) -> Event:
    """One fact, whoever told it. BEX's table says it most fully: its words stand, the others fill what they leave open.

    It is known by what said it first, so that it stays the same event when others say it, too.
    """
    first = min(readings, key=lambda reading: (reading.said.first_seen_at, reading.key))
    shown = min(readings, key=lambda reading: (reading.channel, reading.key))
    return Event(
        fingerprint=fingerprint(first.said.source, first.said.fingerprint),
        kind=next((reading.kind for reading in readings if reading.is_classified), shown.kind),
        description=shown.words,
        occurred_at=shown.occurred_at,
        recorded_at=shown.recorded_at,
        position=shown.said.position,
        signee=next((reading.signee for reading in readings if reading.signee), "")[:100],
        pieces=next((reading.said.pieces for reading in readings if reading.said.pieces is not None), None),
        place=next((reading.meaning.place for reading in readings if reading.meaning.place), "")[:60],
        sources=sorted({str(reading.said.source) for reading in readings}),
    )
