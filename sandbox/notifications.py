"""What a webhook tells: the documented notifications, the body that holds them, and its signature."""

import hashlib
import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.clock import as_sast
from sandbox.journey import TYPE_IDS
from sandbox.wire import dumps

WEBHOOK_WORDINGS = {
    "integrated": "Shipment integrated into our system",
    "handed": "Shipment handed to courier",
    "departed": "Shipment departed {hub} depot",
    "arrived": "Shipment arrived at {hub} depot",
    "loaded": "Shipment loaded onto vehicle for delivery",
}


@dataclass(frozen=True)
class Delivery:
    """What one subscription is told. The ``id`` stays over the attempts; body and signature change."""

    webhook_id: str
    notifications: list[dict[str, object]]
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attempt: int = 1
    forged: bool = False


def body_of(delivery_id: str, attempt: int, notifications: Sequence[object]) -> bytes:
    """UTF-8 without BOM, indented by two, ``\\r\\n`` line ends, letters outside ASCII as they are."""
    envelope = {"Id": delivery_id, "Attempt": attempt, "Properties": {}, "Notifications": notifications}
    return dumps(envelope, indent=2, newline="\r\n").encode()


def signature(secret: str, body: bytes) -> str:
    """The value of ``ms-signature``: HMAC-SHA256 keyed with the secret's UTF-8 bytes, in upper-case hex."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().upper()


def notifications_of(
    event: Mapping[str, object], waybill: Mapping[str, object], details: Mapping[str, object], *, wording: str
) -> list[dict[str, object]]:
    """One event's notifications. ``waybill`` holds number, senders_ref, origin_hub, destination_hub and pieces."""
    step = str(event["step"])
    moment = as_sast(float(str(event["due_at"]))).replace(tzinfo=None, microsecond=0)
    if step == "note":
        text = {"PostedBy": event["user"], "NoteDate": str(moment), "NoteText": details["text"]}
        return [{"Action": "waybill_note", **text}]
    if step == "update":
        return [{"Action": "waybill_update", **details}]
    told = [_tracking_event(event, waybill, moment, wording)]
    if step == "delivered":
        told.append(_pod(waybill, details, moment))
    elif step == "failed":
        told.append(_attempt(waybill, details, moment))
    return told


def _tracking_event(
    event: Mapping[str, object], waybill: Mapping[str, object], moment: datetime, wording: str
) -> dict[str, object]:
    step, text = str(event["step"]), str(event["description"])
    if wording == "webhook" and step in WEBHOOK_WORDINGS:
        hub = waybill["origin_hub"] if step == "departed" else waybill["destination_hub"]
        text = WEBHOOK_WORDINGS[step].format(hub=hub)
    return {
        "Action": "tracking_event",
        "WaybillNumber": waybill["number"],
        "TrackingDate": str(moment),
        "TrackingUser": event["user"],
        "TrackingDescription": text,
        "TrackingReference": waybill["senders_ref"],
        "TrackingTypeId": TYPE_IDS.get(step, -1),
    }


def _pod(waybill: Mapping[str, object], details: Mapping[str, object], moment: datetime) -> dict[str, object]:
    day, _, hour = str(details.get("delivered_at") or moment).partition(" ")
    return {
        "Action": "pod",
        "WaybillNumber": waybill["number"],
        "PODDate": day,
        "PODTime": hour,
        "Signee": details.get("signee", ""),
        "PODPieces": waybill["pieces"],
    }


def _attempt(waybill: Mapping[str, object], details: Mapping[str, object], moment: datetime) -> dict[str, object]:
    return {
        "Action": "attempted_delivery",
        "WaybillNumber": waybill["number"],
        "AttemptedDate": f"{moment:%Y-%m-%d}",
        "AttemptedTime": f"{moment:%H:%M:%S}",
        "NonDeliveryReason": details.get("reason", ""),
        "DriverComment": details.get("comment", ""),
    }
