"""BEX Express' API as typed Python. It needs ``requests`` and no framework.

>>> client = BexClient("https://api.bex.co.za", token="…")
>>> client.track(["ACP1055352"]).by_number("ACP1055352")  # doctest: +SKIP

See ``bexapi.errors`` for what a call can raise, ``bexapi.seam`` for how to give it another HTTP.
"""

from bexapi.client import BexClient, CallRecord, Gate, Told
from bexapi.clock import SAST, Deadline, Timeouts
from bexapi.errors import BexBusy, BexError, BexOutcomeUnknown, BexRejected, BexUnreachable
from bexapi.login import Login
from bexapi.parcels import Parcel, Place, Point, volume_cm3
from bexapi.quoting import QuotedEnd, QuoteOption, QuoteReply, QuoteRequest
from bexapi.redaction import redact
from bexapi.retry import retry_delay
from bexapi.seam import MaybeSent, NotSent, Transport, WireRequest, WireResponse
from bexapi.tracking import TrackedShipment, TrackingEvent, TrackingReply
from bexapi.transport import RequestsTransport
from bexapi.waybill_v4 import Address, WaybillReply, WaybillRequest
from bexapi.webhook_client import Acknowledged, Registration, WebhookClient

__all__ = [
    "SAST",
    "Acknowledged",
    "Address",
    "BexBusy",
    "BexClient",
    "BexError",
    "BexOutcomeUnknown",
    "BexRejected",
    "BexUnreachable",
    "CallRecord",
    "Deadline",
    "Gate",
    "Login",
    "MaybeSent",
    "NotSent",
    "Parcel",
    "Place",
    "Point",
    "QuoteOption",
    "QuoteReply",
    "QuoteRequest",
    "QuotedEnd",
    "Registration",
    "RequestsTransport",
    "Timeouts",
    "Told",
    "TrackedShipment",
    "TrackingEvent",
    "TrackingReply",
    "Transport",
    "WaybillReply",
    "WaybillRequest",
    "WebhookClient",
    "WireRequest",
    "WireResponse",
    "redact",
    "retry_delay",
    "volume_cm3",
]
