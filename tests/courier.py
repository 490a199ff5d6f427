"""Couriers for tests: a scripted one at the HTTP seam, and the sandbox as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from accounts import gateway
from bexapi import MaybeSent, NotSent, WireRequest, WireResponse

ROOT = Path(__file__).resolve().parents[1]
PATHS = {
    "login": "/api/service/login",
    "quote": "/api/service/getquoteservicedeliverypricingv2",
    "submit": "/api/service/submitwaybillv4",
    "track": "/api/service/waybillquicktrackingv3customtreeview",
    "ewaybill": "/api/service/downloadewaybill",
    "labels": "/api/service/downloadparcellabels",
    "register": "/api/webhooks/registrations",
    "activate": "/api/ActivateWebHook",
    "unsubscribe": "/api/UnsubscribeWebHook",
}
Json = dict[str, Any]
Reply = WireResponse | NotSent | MaybeSent | Callable[[WireRequest], WireResponse]


def answer(body: Json | str | bytes, status: int = 200, content_type: str = "application/json") -> WireResponse:
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return WireResponse(status=status, headers={"Content-Type": content_type}, body=data)


def refusal(text: str) -> WireResponse:
    return answer({"ex": text})


def option(code: str = "ONC", name: str = "Overnight courier", total: str = "230.00", **more: Any) -> Json:
    """One item of a quote's reply, as the wire has it."""
    return {
        "serviceId": "2", "serviceCodeStr": code, "serviceNameStr": name, "surchargeAddons": "",
        "originSuburb": "Sandton", "originHub": "JNB", "destinationSuburb": "Stellenbosch", "destinationHub": "CPT",
        "scheduleBy": "2030-01-07 15:30:00", "estimatedCollectionDateAndTime": "2030-01-07 08:00:00",
        "latestCollectionDateAndTime": "2030-01-07 17:00:00", "estimatedDeliveryDateAndTime": "2030-01-08 12:00:00",
        "scheduledDeliveryDateAndTime": "2030-01-08 12:00:00", "isDeliveryGuaranteed": "True",
        "customerChargeableWeight": "5", "baseRateTotal": "150.00", "fuel": "30.00", "insuranceRequired": "0.00",
        "otherSurcharges": "20.00", "surchargeTotal": "50.00", "subTotal": "200.00", "vat": "30.00",
        "totalCharges": total, **more,
    }  # fmt: skip


def booked(number: str = "ACP00000001", total: str = "230.00", **more: Any) -> WireResponse:
    item = {
        "waybillNumber": number, "baseRateTotal": "150.00", "surchargesTotal": "50.00", "subTotal": "200.00",
        "vat": "30.00", "totalCharges": total, "volRatio": "5000",
    }  # fmt: skip
    return answer({"items": [item], **more})


def tracked(*shipments: tuple[str, str, list[tuple[str, str]]], senders_ref: str = "") -> WireResponse:
    """Each shipment: its id, its number, its events as (moment `DD-MM-YYYY HH:MM`, description), newest first."""
    rows: list[Json] = [
        {"groupingIndex": -1, "col1": "Date", "col2": "Waybill", "col3": "Senders Ref", "col4": "Tracking Description",
         "col5": "User"}
    ]  # fmt: skip
    for shipment_id, number, events in shipments:
        for place, (at, text) in enumerate(events):
            rows.append(
                {"groupingIndex": 0, "id": shipment_id, "col1": at, "col2": number if place == 0 else "",
                 "col3": senders_ref,
                 "col4": text, "col5": "JNB"}
            )  # fmt: skip
    return answer({"items": rows})


@dataclass
class ScriptedBex:
    """Answers each call from `replies[call]`: a list is used up from the front, its last entry stays."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: list[tuple[str, Json]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def on(self, call: str, *replies: Reply) -> None:
        assert call in PATHS
        self.replies[call] = list(replies)

    def sent(self, call: str) -> list[Json]:
        return [body for name, body in self.requests if name == call]

    def __call__(self, request: WireRequest) -> WireResponse:
        call = next(name for name, path in PATHS.items() if request.url.endswith(path))
        self.requests.append((call, json.loads(request.body)))
        self.tokens.append(request.headers.get("token", ""))
        queue = self.replies.get(call)
        if not queue:
            raise AssertionError(f"the test did not expect the call {call}")
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(reply, (NotSent, MaybeSent)):
            raise reply
        return reply(request) if callable(reply) else reply


@pytest.fixture
def bex() -> Iterator[ScriptedBex]:
    """A courier that answers as the test says. It answers quotes, bookings and tracking sensibly from the start."""
    scripted = ScriptedBex()
    scripted.on("quote", answer({"items": [option(), option("NCA", "Normal cargo", "110.00")]}))
    scripted.on("submit", booked())
    scripted.on("track", answer({"items": []}))
    with gateway.transport_in_use(scripted):
        yield scripted


class Courier:
    """The sandbox: its address and its control page."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, body: Json | None = None) -> Any:
        url = f"{self.url}/_sandbox/{path}"
        reply = requests.get(url, timeout=10) if body is None else requests.post(url, json=body, timeout=10)
        reply.raise_for_status()
        return reply.json()

    def fault(self, call: str, kind: str, **more: Any) -> None:
        self.control("faults", {"call": call, "kind": kind, **more})

    def no_faults(self) -> None:
        requests.delete(f"{self.url}/_sandbox/faults", timeout=10).raise_for_status()

    @property
    def waybills(self) -> list[Json]:
        found: list[Json] = self.control("state")["waybills"]
        return found


@pytest.fixture(scope="session")
def _courier_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Courier]:
    state = tmp_path_factory.mktemp("courier")
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(state)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith("sandbox courier listening on "), line
        yield Courier(line.rsplit(" ", 1)[1])
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture
def courier(_courier_process: Courier) -> Courier:
    """The sandbox over real HTTP, as new."""
    _courier_process.control("reset", {})
    return _courier_process
