"""Webhook intake against a bare Django view with one INSERT of the same bytes, behind gunicorn, on one database.

The bare view is Django's own least: no middleware, no verification, one model with one row a request. Deliveries come
eight at a time, as BEX's do; both are measured turn by turn.
"""

import hashlib
import hmac
import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from benchmarks.portal import Portal, portals

AT_ONCE, TURNS = 8, 5
GOAL = 0.6
SECRET = "0123456789abcdef" * 4
GUNICORN = ("--worker-class", "gthread", "--workers", "2", "--threads", "4")


def run(rounds: int) -> Iterator[str]:
    with portals("http://127.0.0.1:9") as found:
        for portal in found:
            yield _measured(portal, rounds)


def _measured(portal: Portal, rounds: int) -> str:
    portal.env["WEBHOOK_CALLS_PER_MINUTE"] = "1000000"
    path = portal.run("-m", "benchmarks.bare_intake", "prepare", SECRET).strip().splitlines()[-1]
    bare_view = portal.serving("benchmarks.bare_intake:application", *GUNICORN)
    with portal.serving("bexportal.wsgi", *GUNICORN) as ours, bare_view as bare:
        rates: tuple[list[float], list[float]] = ([], [])
        for turn in range(TURNS + 1):
            for measured, url in zip(rates, (ours + path, bare), strict=True):
                rate = deliver(url, max(rounds, 100))
                if turn:  # the first turn warms up
                    measured.append(rate)
    ratio = statistics.median(rates[0]) / statistics.median(rates[1])
    return (
        f"webhook intake, {portal.name}: {ratio:.2f} times a bare view with one INSERT (goal: at least {GOAL}); "
        f"{statistics.median(rates[0]):.0f} against {statistics.median(rates[1]):.0f} a second, {AT_ONCE} at a time"
    )


def deliver(url: str, many: int) -> float:
    """Deliveries a second. Signed before the clock starts."""
    parts = urlsplit(url)
    bodies = [_body(number) for number in range(many)]
    ready = [(body, {"Content-Type": "application/json", "ms-signature": _signature(body)}) for body in bodies]

    def work(mine: list[tuple[bytes, dict[str, str]]]) -> None:
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        for body, headers in mine:
            try:
                status = _post(connection, parts.path or "/", body, headers)
            except ConnectionError:  # idle for longer than gunicorn keeps it: this machine is busy
                connection.close()
                status = _post(connection, parts.path or "/", body, headers)
            assert status == http.client.OK, status
        connection.close()

    threads = [threading.Thread(target=work, args=(ready[place::AT_ONCE],)) for place in range(AT_ONCE)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return many / (time.perf_counter() - began)


def _post(connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> int:
    connection.request("POST", path, body, headers)
    reply = connection.getresponse()
    reply.read()
    return reply.status


def _body(number: int) -> bytes:
    told = {
        "Action": "tracking_event", "WaybillNumber": "ACP00000001", "TrackingDate": "2026-11-24 08:26:00",
        "TrackingUser": "JNB", "TrackingDescription": "Shipment handed to courier", "TrackingReference": "PO-1",
        "TrackingTypeId": 1,
    }  # fmt: skip
    envelope = {"Id": f"{number:032x}", "Attempt": 1, "Properties": {}, "Notifications": [told]}
    return json.dumps(envelope, indent=2).replace("\n", "\r\n").encode()


def _signature(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().upper()
