"""What a webhook's delivery tells, as typed values. Verify its raw bytes first (``bexapi.webhooks``)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from bexapi.redaction import clean
from bexapi.wire import Fields, decode, dumps, loads, moment

MOST_NOTIFICATIONS = 10_000
_MOST_MONEY = Decimal(10) ** 10
_MOST_KG = Decimal(10) ** 6
_MOST_CM = Decimal(10) ** 5


class DeliveryUnreadable(ValueError):
    """The body is not what a delivery looks like, though it may be signed."""


class NotificationUnreadable(ValueError):
    """A notification of a known kind that does not hold what its kind must; its words are for staff."""


@dataclass(frozen=True)
class TrackingTold:
    """``tracking_event``. ``at``: aware, None where the text cannot be read; ``at_text``: as BEX wrote it."""

    at: datetime | None
    at_text: str
    description: str
    type_id: int | None
    user: str
    reference: str


@dataclass(frozen=True)
class PodTold:
    """``pod``: who signed, when, for how many pieces."""

    at: datetime | None
    at_text: str
    signee: str = field(repr=False)
    pieces: int | None


@dataclass(frozen=True)
class AttemptTold:
    """``attempted_delivery``."""

    at: datetime | None
    at_text: str
    reason: str
    comment: str


@dataclass(frozen=True)
class WeighedParcel:
    """Sides in cm, weight in kg; None where BEX says nothing."""

    barcode: str
    length_cm: Decimal | None
    breadth_cm: Decimal | None
    height_cm: Decimal | None
    weight_kg: Decimal | None
    description: str


@dataclass(frozen=True)
class UpdateTold:
    """``waybill_update``: what BEX weighed and measured, and what it will charge. Weights in kg, money in ZAR."""

    service: str
    insurance_required: bool | None
    insurance_value: Decimal | None
    actual_weight_kg: Decimal | None
    volumetric_weight_kg: Decimal | None
    chargeable_weight_kg: Decimal | None
    base_rate: Decimal | None
    surcharges_total: Decimal | None
    subtotal: Decimal | None
    vat: Decimal | None
    total: Decimal | None
    parcels: tuple[WeighedParcel, ...]


@dataclass(frozen=True)
class NoteTold:
    """``waybill_note``; the documented sample names no waybill."""

    posted_by: str
    at: datetime | None
    at_text: str
    text: str = field(repr=False)


Told = TrackingTold | PodTold | AttemptTold | UpdateTold | NoteTold


@dataclass(frozen=True)
class Notification:
    """One notification. ``action``: its kind in lower case, '' where it names none. ``reference``: TrackingReference.
    ``fingerprint``: the same content has the same one, whatever delivery brought it. ``content``: the JSON of it, with
    every digit.
    """

    action: str
    waybill_number: str
    reference: str
    fingerprint: str
    content: str = field(repr=False)

    def read(self) -> Told:
        """What it tells. Raises NotificationUnreadable, for a kind that is not known as well."""
        reader = _READERS.get(self.action)
        if reader is None:
            raise NotificationUnreadable("this kind of notification is not known")
        value = loads(self.content)
        return reader(Fields(value if isinstance(value, dict) else {}))


@dataclass(frozen=True)
class Delivery:
    """``id`` stays over the attempts, while ``attempt`` and with it body and signature change."""

    id: str
    attempt: int | None
    notifications: tuple[Notification, ...]


def read_delivery(body: bytes) -> Delivery:
    """The delivery in these bytes. Raises DeliveryUnreadable."""
    try:
        value = loads(decode(body))
    except ValueError:
        raise DeliveryUnreadable("the body is no JSON") from None
    if not isinstance(value, dict):
        raise DeliveryUnreadable("the body is no JSON object")
    told = Fields(value)
    items = told.value("Notifications")
    if items is None:
        items = []
    if not isinstance(items, list):
        raise DeliveryUnreadable("its Notifications are no list")
    if len(items) > MOST_NOTIFICATIONS:
        raise DeliveryUnreadable(f"it holds more than {MOST_NOTIFICATIONS} notifications")
    return Delivery(told.text("Id"), told.integer("Attempt"), tuple(_notification(item) for item in items))


def read_notification(content: str) -> Notification:
    """A notification from its ``content``."""
    return _notification(loads(content))


def _notification(value: object) -> Notification:
    told = Fields(value if isinstance(value, dict) else {})
    try:
        content, canonical = dumps(value), json.dumps(_canonical(value), sort_keys=True)
    except RecursionError:
        raise DeliveryUnreadable("it is nested too deeply") from None
    return Notification(
        action=told.text("Action").casefold(),
        waybill_number=told.text("WaybillNumber"),
        reference=told.text("TrackingReference"),
        fingerprint=hashlib.sha256(canonical.encode()).hexdigest(),
        content=content,
    )


def _canonical(value: object) -> object:
    """Names in one case, absent and empty the same, numbers by their value, texts without the space around them."""
    match value:
        case Mapping():
            members = {str(name).casefold(): _canonical(item) for name, item in value.items()}
            return {clean(name): item for name, item in members.items() if item not in (None, "")}
        case list():
            return [_canonical(item) for item in value]
        case bool():
            return str(value)
        case int() | Decimal():
            return f"{Decimal(value).normalize():f}"
        case str():
            return clean(value).strip()
    return value


def _tracking(told: Fields) -> TrackingTold:
    description, type_id = told.text("TrackingDescription"), told.integer("TrackingTypeId")
    if not description and type_id is None:
        raise NotificationUnreadable("a tracking event without a description and without a type")
    return TrackingTold(
        at=told.moment("TrackingDate"),
        at_text=told.text("TrackingDate"),
        description=description,
        type_id=type_id if type_id is not None and abs(type_id) < 10**9 else None,
        user=told.text("TrackingUser"),
        reference=told.text("TrackingReference"),
    )


def _pod(told: Fields) -> PodTold:
    at, at_text = _day_and_time(told, "PODDate", "PODTime")
    pieces = told.integer("PODPieces")
    if at is None and not told.text("Signee"):
        raise NotificationUnreadable("a proof of delivery without a moment and without a name")
    known = pieces is not None and 0 <= pieces < 10**6
    return PodTold(at=at, at_text=at_text, signee=told.text("Signee"), pieces=pieces if known else None)


def _attempt(told: Fields) -> AttemptTold:
    at, at_text = _day_and_time(told, "AttemptedDate", "AttemptedTime")
    reason, comment = told.text("NonDeliveryReason"), told.text("DriverComment")
    if at is None and not reason:
        raise NotificationUnreadable("an attempted delivery without a moment and without a reason")
    return AttemptTold(at=at, at_text=at_text, reason=reason, comment=comment)


def _update(told: Fields) -> UpdateTold:
    update = UpdateTold(
        service=told.text("Service"),
        insurance_required=told.flag("InsuranceRequired"),
        insurance_value=_bounded(told, "InsuranceValue", _MOST_MONEY),
        actual_weight_kg=_bounded(told, "ActualWeight", _MOST_KG),
        volumetric_weight_kg=_bounded(told, "VolumetricWeight", _MOST_KG),
        chargeable_weight_kg=_bounded(told, "ChargeableWeight", _MOST_KG),
        base_rate=_bounded(told, "BaseRateTotal", _MOST_MONEY),
        surcharges_total=_bounded(told, "SurchargesTotal", _MOST_MONEY),
        subtotal=_bounded(told, "SubTotal", _MOST_MONEY),
        vat=_bounded(told, "Vat", _MOST_MONEY),
        total=_bounded(told, "TotalCharges", _MOST_MONEY),
        parcels=tuple(_parcel(row) for row in told.rows("Parcels")),
    )
    if update.total is None and not update.parcels:
        raise NotificationUnreadable("an update with neither parcels nor a total")
    return update


def _parcel(told: Fields) -> WeighedParcel:
    return WeighedParcel(
        barcode=told.text("ParcelBarcodeNumber"),
        length_cm=_bounded(told, "Dimension1", _MOST_CM),
        breadth_cm=_bounded(told, "Dimension2", _MOST_CM),
        height_cm=_bounded(told, "Dimension3", _MOST_CM),
        weight_kg=_bounded(told, "Weight", _MOST_KG),
        description=told.text("ParcelDescription"),
    )


def _note(told: Fields) -> NoteTold:
    text = told.text("NoteText")
    if not text:
        raise NotificationUnreadable("a note without a text")
    return NoteTold(
        posted_by=told.text("PostedBy"), at=told.moment("NoteDate"), at_text=told.text("NoteDate"), text=text
    )


def _bounded(told: Fields, name: str, most: Decimal) -> Decimal | None:
    value = told.decimal(name)
    if value is not None and abs(value) >= most:
        raise NotificationUnreadable(f"{name} is beyond reason")
    return value


def _day_and_time(told: Fields, day: str, time: str) -> tuple[datetime | None, str]:
    text = f"{told.text(day)} {told.text(time)}".strip()
    return moment(text, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"), text


_READERS: dict[str, Callable[[Fields], Told]] = {
    "tracking_event": _tracking,
    "pod": _pod,
    "attempted_delivery": _attempt,
    "waybill_update": _update,
    "waybill_note": _note,
}
