"""The API's examples: requests that can be sent as they stand, what comes back. Their day is always a coming one."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from bexportal.problems import KINDS, WHERE

Json = dict[str, Any]
WAYBILL_ID = "5b0c1e9a-7d53-4a52-9a3e-2f1f0c6d8e41"
QUOTE_ID = "c4d7f0a2-3c1b-4c0e-8f64-9b1d2a7e5f30"
WEBHOOK_ID = "9f3d2c58-0b7e-4f1a-8c65-d4a1e7b20f93"
DELIVERY_ID = "3a7e9d14-62c8-4b05-b1f7-58d0c3e6a2b9"
DELIVERY_CURSOR = f"2026-11-24T13:04:02+00:00_{DELIVERY_ID.replace('-', '')}"
DELIVERIES = f"/api/v1/webhooks/{WEBHOOK_ID}/deliveries"
OPTION_ID = "e2a90b7c-51f8-4d7d-a0c3-6f4b8d1e9a25"
HERE = f"/api/v1/waybills/{WAYBILL_ID}"
SENDER = {
    "company": "Rooibok Trading", "floor_building": "Unit 4", "street": "18 Electron Road", "suburb": "Sandton",
    "city": "Johannesburg", "post_code": "2196", "contact_name": "Naledi Mokoena", "mobile": "0821234567",
}  # fmt: skip
RECEIVER = {
    "company": "Helderberg Dental", "street": "18 Dorp Street", "suburb": "Stellenbosch", "city": "Stellenbosch",
    "post_code": "7600", "mobile": "0825550117",
}  # fmt: skip
PARCEL = {"length_cm": 40, "breadth_cm": 30, "height_cm": 30, "weight_kg": "4.50"}
QUOTE: Json = {
    "account": "316085",
    "origin": {"suburb": "Sandton", "post_code": "2196"},
    "destination": {"suburb": "Stellenbosch", "post_code": "7600"},
    "parcels": [PARCEL],
}
WAYBILL: Json = {
    "account": "316085", "service_code": "ONC", "senders_ref": "SO-1001", "max_total": "450.00", "sender": SENDER,
    "receiver": RECEIVER, "parcels": [{**PARCEL, "reference": "Carton 1"}],
}  # fmt: skip
RESOLUTION = {"waybill_number": "ACP00000145", "spoke_to": "Naledi at BEX", "note": "It was booked at ten"}


def coming_day() -> date:
    """The next Monday."""
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


def requests(day: date) -> dict[str, dict[str, Json]]:
    """For each operation its bodies, by what they show."""
    on = {"collection_date": day.isoformat()}
    by_point = {
        "origin": {"latitude": "-26.107600", "longitude": "28.056700"},
        "destination": {"latitude": "-33.932100", "longitude": "18.860200"},
    }
    by_option = {name: WAYBILL[name] for name in ("account", "receiver", "parcels")}
    return {
        "createQuote": {
            "suburbs": {**QUOTE, "dispatch_date": day.isoformat()},
            "coordinates": {**QUOTE, **by_point, "dispatch_date": day.isoformat()},
        },
        "createWaybill": {
            "by-service-code": {**WAYBILL, **on},
            "by-option-of-a-quote": {**by_option, **on, "quote_option": OPTION_ID, "senders_ref": "SO-1002"},
        },
        "correctWaybill": {"another-street": {**WAYBILL, **on, "receiver": {**RECEIVER, "street": "20 Dorp Street"}}},
        "resolveWaybill": {"told-by-telephone": RESOLUTION},
    }


OF_ADDRESSES: dict[str, Json] = {
    "/quotes/": {"id": QUOTE_ID},
    "/webhooks/": {"id": WEBHOOK_ID, "cursor": DELIVERY_CURSOR},
}


def parameters(day: date, path: str = "") -> Json:
    """By name; an `id` is that of a waybill where the address says nothing else."""
    special = next((values for part, values in OF_ADDRESSES.items() if part in path), {})
    return _usual(day) | special


def _usual(day: date) -> Json:
    return {
        "id": WAYBILL_ID, "Idempotency-Key": "order-1001", "If-Match": '"7"', "Prefer": "respond-async",
        "If-None-Match": '"7-5c1f0a9be2d34877"', "account": "316085", "state": "booked", "since": day.isoformat(),
        "until": day.isoformat(), "service": "ONC", "senders_ref": "SO-1001", "q": "stellenbosch",
        "updated_since": f"{day.isoformat()}T08:00:00+02:00", "limit": 20,
        "cursor": "MjAyNi0xMS0yN1QwODowMDowMCswMDowMHw1YjBjMWU5YS03ZDUzLTRhNTItOWEzZS0yZjFmMGM2ZDhlNDE",
    }  # fmt: skip


def answers(day: date) -> dict[str, dict[str, Any]]:
    """For each operation what comes back, by status and, after a colon, by what it shows."""
    booked = _waybill(day)
    unknown = {
        **booked, "state": "unknown", "version": 3, "waybill_number": "", "number_confirmed": False, "booked": None,
        "booked_at": None, "links": _links(),
    }  # fmt: skip
    queued = {**unknown, "state": "queued", "version": 2, "quoted": None, "promised_by": None}
    rose = {"reason": "price_rose", "words": "Dearer than agreed"}
    corrected = {**booked, "version": 11, "receiver": {**booked["receiver"], "street": "20 Dorp Street"}}
    resolved = {**booked, "version": 5, "waybill_number": RESOLUTION["waybill_number"], "booked": None}
    quote = _quote(day)
    return {
        "createQuote": {"201": quote},
        "getQuote": {"200": quote},
        "createWaybill": {
            "201": booked, "202:unknown": unknown, "202:queued": queued,
            "202:held": {**queued, "state": "held", "version": 4, "hold": rose},
        },
        "correctWaybill": {"201": corrected, "202": {**queued, "version": 9}},
        "resolveWaybill": {"200": resolved},
        "getWaybill": {"200": booked},
        "listWaybills": {"200": {"items": [booked], "next": f"/api/v1/waybills?cursor={parameters(day)['cursor']}"}},
        "listEvents": {"200": [_event(day)]},
        "listPlaces": {"200": [{"suburb": "Stellenbosch", "area": "Stellenbosch", "post_code": "7600", "also": ""}]},
        "listWebhooks": {"200": [_webhook(day)]},
        "listDeliveries": {
            "200": {"items": [_delivery(day)], "next": f"{DELIVERIES}?{urlencode({'cursor': DELIVERY_CURSOR})}"}
        },
        "listAccounts": {
            "200": [
                {"number": "316085", "name": "Head office", "business_unit": "", "state": "active", "may_send": True,
                 "rights": ["view", "prices", "book"]}
            ]
        },
    }  # fmt: skip


def _money(**more: str | None) -> Json:
    return {
        "currency": "ZAR", "base_rate": "150.00", "surcharges_total": "50.00", "insurance": "0.00",
        "subtotal": "200.00", "vat": "30.00", "total": "230.00", **more,
    }  # fmt: skip


def _links(*, booked: bool = False) -> dict[str, str]:
    found = {"self": HERE, "events": f"{HERE}/events", "page": f"/waybills/{WAYBILL_ID}/"}
    return found | ({"label": f"{HERE}/label.pdf", "ewaybill": f"{HERE}/ewaybill.pdf"} if booked else {})


def _address(said: Mapping[str, str]) -> dict[str, str]:
    plain = dict.fromkeys(("company", "floor_building", "street", "suburb", "city", "post_code", "province"), "")
    return {**plain, "contact_name": "", "mobile": "", "telephone": "", "email": "", **said}


def _parcel(reference: str = "") -> dict[str, str]:
    return {"length_cm": "40.0", "breadth_cm": "30.0", "height_cm": "30.0", "weight_kg": "4.50", "reference": reference}


def _waybill(day: date) -> Json:
    before, after = (day - timedelta(days=1)).isoformat(), (day + timedelta(days=1)).isoformat()
    return {
        "id": WAYBILL_ID, "version": 7, "state": "booked", "waybill_number": "ACP00000144", "number_confirmed": True,
        "account": "316085", "service_code": "ONC", "service_name": "Overnight courier", "add_on": "",
        "add_on_confirmed": None, "collection_date": day.isoformat(), "senders_ref": "SO-1001", "references": [],
        "instructions": "", "insurance_value": None, "sender": _address(SENDER), "receiver": _address(RECEIVER),
        "parcels": [_parcel("Carton 1")], "created_at": f"{before}T08:00:00Z", "updated_at": f"{before}T08:00:02Z",
        "booked_at": f"{before}T08:00:02Z", "hold": None, "bex_message": None, "quoted": _money(),
        "booked": _money(insurance=None), "max_total": "450.00", "transit_state": "",
        "promised_by": f"{after}T10:00:00Z", "expected_by": f"{after}T10:00:00Z", "late_by_minutes": None,
        "delivered_at": None, "signee": "", "tracking_checked_at": None, "links": _links(booked=True),
    }  # fmt: skip


def _quote(day: date) -> Json:
    now = f"{(day - timedelta(days=1)).isoformat()}T08:00:00Z"
    after = (day + timedelta(days=1)).isoformat()
    option = {
        "id": OPTION_ID, "service_code": "ONC", "service_name": "Overnight courier", "add_on": "", "price": _money(),
        "cut_off": f"{day.isoformat()}T13:30:00Z", "collection_from": f"{day.isoformat()}T06:00:00Z",
        "collection_until": f"{day.isoformat()}T15:00:00Z", "promised_by": f"{after}T10:00:00Z", "is_guaranteed": True,
        "chargeable_weight_kg": "7.20",
    }  # fmt: skip
    return {
        "id": QUOTE_ID, "account": "316085", "dispatch_date": day.isoformat(),
        "origin": {"suburb": "Sandton", "post_code": "2196", "latitude": None, "longitude": None},
        "destination": {"suburb": "Stellenbosch", "post_code": "7600", "latitude": None, "longitude": None},
        "parcels": [_parcel()], "state": "answered", "quoted_at": now, "expires_at": now.replace("08:00", "08:15"),
        "total_weight_kg": "4.50", "volume_cm3": 36000, "options": [option],
        "links": {"self": f"/api/v1/quotes/{QUOTE_ID}", "page": f"/quotes/{QUOTE_ID}/"},
    }  # fmt: skip


def _event(day: date) -> Json:
    at = f"{day.isoformat()}T15:04:00Z"
    return {
        "occurred_at": at, "recorded_at": at, "kind": "handed_over", "description": "Shipment handed to courier",
        "signee": "", "pieces": None, "place": "JNB", "sources": ["poll", "webhook"],
    }  # fmt: skip


def _webhook(day: date) -> Json:
    at = f"{(day - timedelta(days=1)).isoformat()}T08:00:00Z"
    return {
        "id": WEBHOOK_ID, "description": "Deliveries to the portal", "state": "active",
        "kinds": ["tracking_event", "pod"], "created_at": at, "active_since": at,
        "ended_at": None, "last_delivery_at": f"{day.isoformat()}T15:04:02Z",
        "last_day": {"signed": 212, "signed_before": 0, "forged": 0, "malformed": 1, "too_large": 0},
        "links": {"deliveries": DELIVERIES, "page": f"/webhooks/{WEBHOOK_ID}/"},
    }  # fmt: skip


def _delivery(day: date) -> Json:
    at = f"{day.isoformat()}T15:04"
    return {
        "id": DELIVERY_ID, "received_at": f"{at}:02Z", "verdict": "signed", "size_bytes": 412, "taken_at": f"{at}:03Z",
        "bex_id": "c0ffee5e2d1b4a7f", "attempt": 1, "notifications": 2, "new": 2, "problem": "",
    }  # fmt: skip


STREET = {"pointer": "/receiver/street", "detail": "Street and number, where the parcel is delivered."}
SAID: dict[str, Json] = {
    "malformed": {"detail": "The body is no JSON that can be read."},
    "key-required": {"detail": "Send one Idempotency-Key for each shipment, at most 255 characters."},
    "unauthorized": {"detail": "This key is revoked."},
    "scope-missing": {"detail": "This key lacks the scope 'book'.", "scope": "book"},
    "not-found": {"detail": "It does not exist, or this key may not see it."},
    "method-not-allowed": {"detail": "Here is done: GET, HEAD, POST."},
    "not-now": {"detail": "The attempt may still be under way.", "waybill": HERE},
    "reference-in-use": {
        "detail": "Nothing was stored. If a second shipment is meant, say allow_duplicate.", "state": "booked",
        "errors": [{"pointer": "/senders_ref", "detail": "There is a waybill already."}], "waybill": HERE,
        "waybill_number": "ACP00000144",
    },
    "option-in-use": {
        "detail": "Nothing was stored. If a second shipment is meant, say allow_duplicate.", "state": "booked",
        "errors": [{"pointer": "/quote_option", "detail": "There is a waybill already."}], "waybill": HERE,
        "waybill_number": "ACP00000144",
    },
    "number-not-confirmed": {
        "detail": "Neither BEX's tracking nor a label shows ACP00000145 yet.", "waybill": HERE,
    },
    "number-in-use": {"detail": "Another waybill here holds this number.", "waybill": HERE},
    "document-refused": {"detail": "BEX refused it.", "bex_message": "Waybill is not printed yet.", "waybill": HERE},
    "length-required": {"detail": "Send Content-Length; a body in pieces cannot be read here."},
    "version-moved": {"detail": "Look at it again before you change it.", "waybill": HERE},
    "too-large": {"detail": "At most 262144 bytes."},
    "address-too-long": {"detail": "Method and address have at most 4094 bytes."},
    "media-type": {"detail": "Send Content-Type: application/json."},
    "invalid": {"detail": "Nothing was stored and nothing was sent.", "errors": [STREET]},
    "refused-by-bex": {
        "detail": "It is most likely not booked. Correct it with PUT; its reference is looked up.", "state": "rejected",
        "bex_message": "Receiver street is invalid.", "waybill": HERE,
    },
    "key-reused": {"detail": "It was sent before with another body; a new shipment needs a new key."},
    "unchanged": {"detail": "BEX has refused just this; say something else."},
    "courier-unreachable": {"detail": "No answer within 30 s. Ask again in a moment."},
    "version-required": {"detail": "Send the version that you saw as If-Match."},
    "rate-limited": {"detail": "This key may make 600 calls a minute."},
    "headers-too-large": {"detail": "At most 100 headers of 8190 bytes each."},
    "error": {"detail": "The portal could not answer."},
    "maintenance": {"detail": "Try again in a minute; nothing was stored."},
}  # fmt: skip


OF_QUOTES: dict[str, Json] = {
    "refused-by-bex": {
        "detail": "BEX gave no price.", "bex_message": "No rates for this suburb.",
        "quote": f"/api/v1/quotes/{QUOTE_ID}",
    },
    "courier-unreachable": {
        "detail": "No answer within 30 s. Ask again in a moment.", "quote": f"/api/v1/quotes/{QUOTE_ID}",
    },
}  # fmt: skip


def problem(kind: str, operation: str) -> Json:
    status, title = KINDS[kind]
    said = OF_QUOTES.get(kind, SAID[kind]) if operation == "createQuote" else SAID[kind]
    return {"type": f"{WHERE}#{kind}", "title": title, "status": status, "request_id": "8276d850c0edde19", **said}
