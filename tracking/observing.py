"""What a source said becomes rows: observations, the events that follow from them, the waybill's own summary."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, DateTimeField, Value, When

from bexapi import TrackedShipment, TrackingReply
from bexapi.redaction import clean
from bexportal import tallies
from shipments.answers import note_confirmed
from shipments.confirming import agrees, is_this_one
from shipments.models import Waybill
from shipments.searching import search_text
from tracking import expecting, schedule, states, vocabulary
from tracking.derivation import events_from, fingerprint, observations_of
from tracking.expecting import expectation
from tracking.models import Event, Observation
from tracking.schedule import Table

_SUMMARY = (
    "transit_state", "last_event_text", "last_event_at", "delivered_at", "signee", "shipment_id", "expected_by",
    "late_by", "tracking_due_at", "tracking_claimed_until", "updated_at",
)  # fmt: skip
_PINNED = ("version", "number_confirmed", "senders_ref", "search")
_EVENT = ("kind", "description", "occurred_at", "recorded_at", "position", "signee", "pieces", "place", "sources")


@dataclass(frozen=True)
class Said:
    """One notification about a parcel, read.

    `kind`: `tracking_event`, `pod` or `attempted_delivery`. `at`: the moment it names, aware; `at_text`: as BEX wrote
    it. `description`: TrackingDescription, or NonDeliveryReason; '' for a pod. `type_id`: TrackingTypeId. `pieces`:
    PODPieces. `reference`: TrackingReference. `comment`: DriverComment. `user`: TrackingUser.
    """

    kind: str
    at: datetime | None
    at_text: str = ""
    description: str = ""
    type_id: int | None = None
    signee: str = ""
    pieces: int | None = None
    reference: str = ""
    comment: str = ""
    user: str = ""

    @property
    def fingerprint(self) -> str:
        """The same thing said again has the same one, whatever delivery brought it. Who typed it is no part of it."""
        moment = self.at.isoformat() if self.at else self.at_text
        return fingerprint(
            self.kind, moment, self.description, self.type_id, self.signee, self.pieces, self.reference, self.comment
        )


def take_in(waybill_id: UUID, said: Sequence[Said], *, now: datetime) -> int:
    """Keeps what notifications said of this waybill; how many of them were new.

    Safe to call again with the same ones, in any order, and beside a sweep: a poll that is under way meanwhile keeps
    what it finds and does not undo when it is looked at next. Raises Waybill.DoesNotExist.
    """
    with transaction.atomic():
        waybill = Waybill.objects.select_for_update().get(pk=waybill_id)
        rows = {one.fingerprint: _observation(waybill, one, now) for one in said}
        new = _new_among(waybill, Observation.Source.WEBHOOK, list(rows.values()))
        if not new:
            return 0
        _store_observations(new, now)
        waybill.tracking_told_at = now
        # A claim is let go: what its poll works out about the next look knows nothing of this.
        waybill.tracking_claimed_until = None
        _settle(waybill, schedule.table(), now)
        waybill.save(update_fields=[*_SUMMARY, "tracking_told_at"])
    return len(new)


def _observation(waybill: Waybill, said: Said, now: datetime) -> Observation:
    return Observation(
        waybill=waybill,
        source=Observation.Source.WEBHOOK,
        notification=Observation.Notification(said.kind),
        fingerprint=said.fingerprint,
        at_text=clean(said.at_text)[:40],
        at=said.at,
        description=clean(said.description)[:500],
        user=clean(said.user)[:100],
        first_seen_at=now,
        type_id=said.type_id,
        reference=clean(said.reference)[:100],
        signee=clean(said.signee)[:100],
        pieces=said.pieces,
        comment=clean(said.comment)[:500],
    )


def record(waybills: Sequence[Waybill], reply: TrackingReply, *, now: datetime, claim: datetime) -> int:
    """Keeps what a reply said about these waybills and says when each is looked at again; how many had news.

    Shipments under other numbers are nobody's here. What was not found is simply not there yet.
    `claim`: the value in `tracking_claimed_until` that the caller holds them by.
    """
    table = schedule.table()
    same, changed = keep_news(waybills, reply, now=now, claim=claim, table=table)
    looked_at(same, now=now, claim=claim, table=table)
    return changed


def keep_news(
    waybills: Sequence[Waybill], reply: TrackingReply, *, now: datetime, claim: datetime, table: Table
) -> tuple[list[Waybill], int]:
    """The first half of `record`: those of which nothing is new, still to be passed to `looked_at`, and how many had
    news. No query where nothing is new.
    """
    same, changed = [], 0
    for waybill in waybills:
        found = reply.by_number(waybill.waybill_number)
        digest = digest_of(found) if found else waybill.tracking_digest
        if digest != waybill.tracking_digest or (found and not waybill.number_confirmed):
            _keep(waybill, found, digest, now=now, claim=claim, table=table)
            changed += 1
        elif _has_aged(waybill, now, table):
            _keep(waybill, (), digest, now=now, claim=claim, table=table)
        else:
            same.append(waybill)
    return same, changed


def looked_at(waybills: Sequence[Waybill], *, now: datetime, claim: datetime, table: Table) -> None:
    """One update for all of them; a claim that another worker has taken over meanwhile is left to that one."""
    if not waybills:
        return
    by_moment: dict[datetime | None, list[UUID]] = {}
    for waybill in waybills:
        by_moment.setdefault(schedule.due_at(waybill, now, table), []).append(waybill.pk)
    due: Any = next(iter(by_moment))
    if len(by_moment) > 1:
        due = Case(
            *(When(pk__in=keys, then=Value(moment)) for moment, keys in by_moment.items()), output_field=DateTimeField()
        )
    Waybill.objects.filter(pk__in=[waybill.pk for waybill in waybills], tracking_claimed_until=claim).update(
        tracking_checked_at=now, tracking_due_at=due, tracking_claimed_until=None
    )


def derive_anew(waybill_id: UUID, *, now: datetime) -> None:
    """Works out events and state once more from what was observed, for instance after a wording was given a meaning."""
    with transaction.atomic():
        waybill = Waybill.objects.select_for_update().get(pk=waybill_id)
        _settle(waybill, schedule.table(), now)
        waybill.save(update_fields=_SUMMARY)


def digest_of(found: Sequence[TrackedShipment]) -> str:
    """What a reply says of one number: the same digest, the same rows."""
    rows = [
        (shipment.shipment_id, shipment.senders_ref, [(event.at_text, event.description) for event in shipment.events])
        for shipment in found
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def pinned_among(waybill: Waybill, shipments: Iterable[TrackedShipment]) -> str:
    """BEX's id of the shipment that is this waybill's: the one known already, else the first found.

    Of several at once the one with our reference is ours, then the one that moved last.
    """
    if waybill.shipment_id:
        return waybill.shipment_id

    def likely(shipment: TrackedShipment) -> tuple[bool, float, str]:
        ours = bool(waybill.senders_ref) and shipment.senders_ref.casefold() == waybill.senders_ref.casefold()
        moved = max((event.at.timestamp() for event in shipment.events if event.at), default=0.0)
        return ours, moved, shipment.shipment_id

    named = [shipment for shipment in shipments if shipment.shipment_id]
    return max(named, key=likely).shipment_id[:60] if named else ""


def _has_aged(waybill: Waybill, now: datetime, table: Table) -> bool:
    """Whether time alone has changed what is to be said of it: lost sight of, or expected at another moment."""
    if waybill.transit_state != states.LOST_SIGHT and schedule.is_lost(waybill, now, table):
        return True
    return expectation(waybill, now).by != waybill.expected_by


def _keep(
    asked: Waybill, found: Sequence[TrackedShipment], digest: str, *, now: datetime, claim: datetime, table: Table
) -> None:
    with transaction.atomic():
        waybill = Waybill.objects.select_for_update().get(pk=asked.pk)
        if waybill.waybill_number != asked.waybill_number:
            return  # a person put its number right meanwhile: this answer is about another one
        if found:
            rows = [row for shipment in found for row in observations_of(shipment, waybill, now)]
            _store_observations(_new_among(waybill, Observation.Source.POLL, rows), now)
            _pin(waybill, found, now)
        waybill.tracking_digest = digest
        waybill.tracking_checked_at = now
        if waybill.tracking_claimed_until == claim:
            waybill.tracking_claimed_until = None
        _settle(waybill, table, now)
        waybill.save(update_fields=[*_SUMMARY, *_PINNED, "tracking_checked_at", "tracking_digest"])


def _pin(waybill: Waybill, found: Sequence[TrackedShipment], now: datetime) -> None:
    """A number on a person's word is confirmed by a shipment that is this one. One that can be is followed meanwhile;
    another's is shown, never taken.
    """
    if not waybill.number_confirmed:
        sure = [shipment for shipment in found if is_this_one(waybill, shipment)]
        found = sure or [shipment for shipment in found if agrees(waybill, shipment) is not False]
        if not found:
            return
        waybill.shipment_id = ""
        if sure:
            waybill.number_confirmed = True
            waybill.version += 1
            note_confirmed(waybill, now)
    waybill.shipment_id = pinned_among(waybill, found)
    if waybill.sender_id is None and not waybill.senders_ref:  # it came back from the journal, which holds no names
        _complete(waybill, next((one for one in found if one.shipment_id == waybill.shipment_id), found[0]))


def _complete(waybill: Waybill, shipment: TrackedShipment) -> None:
    """So that the same reference is not booked a second time after a restore."""
    own = waybill.attempts.filter(reference__iexact=shipment.senders_ref).exists()
    waybill.senders_ref = "" if own else clean(shipment.senders_ref)[:50]
    waybill.search = search_text(waybill)


def _new_among(waybill: Waybill, source: str, rows: Sequence[Observation]) -> list[Observation]:
    """Those that are not stored yet. The caller holds the waybill."""
    wanted = [row.fingerprint for row in rows]
    stored = Observation.objects.filter(waybill=waybill, source=source, fingerprint__in=wanted)
    known = set(stored.values_list("fingerprint", flat=True))
    return [row for row in rows if row.fingerprint not in known]


def _store_observations(new: Sequence[Observation], now: datetime) -> None:
    if new:
        vocabulary.note(new, now)
        Observation.objects.bulk_create(new)
        tallies.add(tallies.EVENTS, new[0].source, len(new), at=now)


def _settle(waybill: Waybill, table: Table, now: datetime) -> None:
    """Events and summary anew from all that was observed of the pinned shipment. The caller locks and saves."""
    observed = Observation.objects.filter(waybill=waybill, shipment_id__in={waybill.shipment_id, ""})
    events = _store(waybill, events_from(observed, vocabulary.known()))
    latest = max(events, key=states.order, default=None)
    waybill.transit_state = states.transit_state(events)
    waybill.last_event_text = latest.description[:300] if latest else ""
    waybill.last_event_at = latest.occurred_at if latest else None
    signed = [event for event in events if event.signee]
    waybill.signee = max(signed, key=states.order).signee if signed else ""
    waybill.delivered_at = _delivered_at(waybill.transit_state, events)
    if schedule.is_lost(waybill, now, table):
        waybill.transit_state = states.LOST_SIGHT
    expecting.settle(waybill, now)
    if waybill.waybill_number:
        waybill.tracking_due_at = schedule.due_at(waybill, now, table)


def _delivered_at(state: str, events: Sequence[Event]) -> datetime | None:
    """From the text of the row that says "Delivered to …"; until there is one, when the driver confirmed it."""
    if state not in {states.DELIVERED, states.AWAITING_SIGNEE}:
        return None
    for kind in ("delivered", "driver_confirmed"):
        told = [event for event in events if event.kind == kind]
        if told:
            return max(told, key=states.order).occurred_at
    return None


def _store(waybill: Waybill, derived: Sequence[Event]) -> list[Event]:
    """Makes the stored events those that were derived, leaving alone what is the same. Returns them as stored."""
    stored = {event.fingerprint: event for event in Event.objects.filter(waybill=waybill)}
    wanted = {event.fingerprint for event in derived}
    gone = [event.pk for event in stored.values() if event.fingerprint not in wanted]
    if gone:
        Event.objects.filter(pk__in=gone).delete()
    new, other = [], []
    for event in derived:
        before = stored.get(event.fingerprint)
        event.waybill = waybill
        if before is None:
            new.append(event)
        else:
            event.pk = before.pk
            if _values(before) != _values(event):
                other.append(event)
    Event.objects.bulk_create(new)
    if other:
        Event.objects.bulk_update(other, _EVENT)
    return list(derived)


def _values(event: Event) -> list[Any]:
    return [getattr(event, name) for name in _EVENT]
