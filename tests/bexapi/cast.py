"""The standing cast: a client with planted secrets, requests to make, and transports that answer as told."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bexapi import (
    Address,
    BexClient,
    Parcel,
    Place,
    QuoteRequest,
    Transport,
    WaybillRequest,
    WireRequest,
    WireResponse,
    volume_cm3,
)

URL = "https://bex.example"
TOKEN = "planted-main-token-2Hd83kQz"
ALTERNATE = "planted-alternate-token-7Yt51vBn"
PASSWORD = "planted pässword & 4Rf%"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HARD_TEXT = "O'Brien & Söhne #5 + 3%"

PARCELS = (Parcel(40, 40, 20, Decimal(18)), Parcel(80, 80, 30, Decimal(25), "P2"))
QUOTE = QuoteRequest(
    "316085",
    date(2026, 11, 24),
    Place("Steeledale", "2197"),
    Place("Secunda", "2302"),
    Decimal(43),
    volume_cm3(PARCELS),
)
SENDER = Address(
    company="Rooibok Trading", floor_building="Unit 4", street="18 Electron Road", suburb="Steeledale",
    city="Johannesburg", post_code="2197", province="Gauteng", contact_name="Naledi Mokoena", mobile="0820000001",
    telephone="0110000001", telephone_home="0110000002", email="naledi@rooibok.example",
    latitude=Decimal("-26.2462726"), longitude=Decimal("28.0969053"),
)  # fmt: skip
RECEIVER = Address(company=HARD_TEXT, street="7 Loop Street", suburb="Secunda", city="Secunda", post_code="2302")
WAYBILL = WaybillRequest(
    account_number="316085",
    service_code="ONC",
    collection_date=date(2026, 11, 24),
    sender=SENDER,
    receiver=RECEIVER,
    parcels=PARCELS,
    references=("KTQ4XN7M2PVB6RZC",),
)

OPERATIONS: dict[str, Callable[[BexClient], object]] = {
    "login": lambda client: client.login("naledi@rooibok.example", PASSWORD),
    "quote": lambda client: client.quote(QUOTE),
    "submit_waybill": lambda client: client.submit_waybill(WAYBILL),
    "track": lambda client: client.track(["ACP60001942"]),
    "find_by_reference": lambda client: client.find_by_reference("KTQ4XN7M2PVB6RZC"),
    "download_ewaybill": lambda client: client.download_ewaybill("ACP60001942"),
    "download_labels": lambda client: client.download_labels(["ACP60001942", "ACP60001943"]),
}


def payload(name: str) -> bytes:
    return (Path(__file__).parent / "payloads" / f"{name}.json").read_bytes()


def sample(name: str) -> Any:
    return json.loads(payload(name))


GOOD: dict[str, bytes] = {
    "login": payload("login_reply"),
    "quote": payload("quote_reply"),
    "submit_waybill": payload("waybill_reply"),
    "track": payload("tracking_reply"),
    "find_by_reference": payload("tracking_reply"),
    "download_ewaybill": PDF,
    "download_labels": PDF,
}


class Answering:
    """A transport that remembers what was sent and always answers the same."""

    def __init__(self, body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.headers = headers or {}
        self.requests: list[WireRequest] = []

    def __call__(self, request: WireRequest) -> WireResponse:
        self.requests.append(request)
        return WireResponse(self.status, self.headers, self.body)

    @property
    def sent(self) -> Any:
        return json.loads(self.requests[-1].body, parse_float=Decimal)


def client(transport: Transport, **more: Any) -> BexClient:
    return BexClient(URL, token=TOKEN, alternate_token=ALTERNATE, transport=transport, **more)


def answered(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> BexClient:
    return client(Answering(body, status, headers))
