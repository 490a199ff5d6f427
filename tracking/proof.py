"""Proof of delivery: who signed, when, for how many pieces, and what BEX said that proves it."""

from dataclasses import dataclass
from datetime import datetime

from shipments.models import Waybill
from tracking import states, vocabulary
from tracking.models import Observation
from tracking.twins import Fact, Reading, facts_in
from tracking.wordings import Kind

PROVES = {Kind.DELIVERED: "Delivered", Kind.DRIVER_CONFIRMED: "Confirmed by the driver"}
_TOLD = Observation.Notification
SOURCES = {
    "": "BEX’s tracking, asked by this portal",
    _TOLD.TRACKING_EVENT: "A notification of BEX about tracking",
    _TOLD.POD: "A notification of BEX with the proof of delivery",
    _TOLD.ATTEMPTED_DELIVERY: "A notification of BEX about an attempt",
}


@dataclass(frozen=True)
class Saying:
    """One source's word. `written_at`: the moment that BEX gives its row or notification; `heard_at`: when it came
    here. `signee` and `pieces` as this source says them, '' and None where it does not.
    """

    source: str
    words: str
    written_at: datetime
    heard_at: datetime
    signee: str
    pieces: int | None


@dataclass(frozen=True)
class Proving:
    """An event that proves it, and all that said so."""

    words: str
    at: datetime
    sayings: tuple[Saying, ...]


@dataclass(frozen=True)
class Proof:
    """`delivered_at`: from the text, not from when it was written down. `pieces`: signed for, None where BEX does not
    say; `booked_pieces`: sent. `signee` is '' until BEX tells it.
    """

    waybill: Waybill
    signee: str
    delivered_at: datetime
    pieces: int | None
    booked_pieces: int
    events: tuple[Proving, ...]


def proof_of(waybill: Waybill) -> Proof | None:
    """None while it is not delivered. Three queries."""
    delivered = waybill.transit_state in {states.DELIVERED, states.AWAITING_SIGNEE}
    if not delivered or waybill.delivered_at is None:
        return None
    observed = Observation.objects.filter(waybill=waybill, shipment_id__in={waybill.shipment_id, ""})
    words = vocabulary.known()
    facts = [fact for fact in facts_in([Reading.of(said, words) for said in observed]) if _kind(fact) in PROVES]
    events = tuple(_proving(fact) for fact in reversed(facts))
    told = [saying.pieces for event in events for saying in event.sayings if saying.pieces is not None]
    return Proof(
        waybill, waybill.signee, waybill.delivered_at, told[0] if told else None, waybill.parcels.count(), events
    )


def _kind(fact: Fact) -> str:
    return next((reading.kind for reading in fact.readings if reading.is_classified), fact.readings[0].kind)


def _proving(fact: Fact) -> Proving:
    first = min(fact.readings, key=lambda reading: (reading.channel, reading.key))
    sayings = sorted(fact.readings, key=lambda reading: reading.said.first_seen_at)
    return Proving(PROVES[Kind(_kind(fact))], first.occurred_at, tuple(_saying(one) for one in sayings))


def _saying(reading: Reading) -> Saying:
    said = reading.said
    return Saying(
        SOURCES[said.notification], reading.words, reading.recorded_at, said.first_seen_at, reading.signee, said.pieces
    )
