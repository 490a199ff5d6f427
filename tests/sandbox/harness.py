"""A sandbox that runs as a process of its own, spoken to over HTTP with nothing of our packages between."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s" * 64
Json = dict[str, Any]


def launch(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(folder), *arguments]
    env = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """What it still had to say on standard error; where it does not end, where each of its threads stands."""
    process.send_signal(number)
    try:
        return process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        return process.communicate()[1]


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator["Box"]:
    process = launch(folder, *arguments)
    try:
        line = first_line(process)
        assert line.startswith("sandbox courier listening on "), line or process.communicate()[1]
        yield Box(line.rsplit(" ", 1)[1], process)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def working_day(ahead: int = 10) -> str:
    """A Monday well ahead, so that cut-offs and weekends play no part unless a test wants them."""
    day = date.today() + timedelta(days=ahead)
    while day.weekday() != 0 or (day.month, day.day) in {(12, 16), (12, 25), (12, 26), (1, 1)}:
        day += timedelta(days=1)
    return day.isoformat()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Box:
    """The courier's calls by short names; each returns the decoded JSON."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process
        self.http = requests.Session()

    def post(self, path: str, body: Json, **headers: str) -> requests.Response:
        return self.http.post(self.url + path, json=body, headers=headers, timeout=10)

    def call(self, operation: str, body: Json, token: str = "") -> Json:
        answer = self.post(f"/api/service/{operation}", body, **({"token": token} if token else {}))
        assert answer.status_code == 200
        result: Json = answer.json()
        return result

    def control(self, path: str, body: Json | None = None, status: int = 200) -> Any:
        """POST with a body, else GET."""
        url = f"{self.url}/_sandbox/{path}"
        answer = self.http.get(url, timeout=10) if body is None else self.http.post(url, json=body, timeout=10)
        assert answer.status_code == status, answer.text
        return answer.json()

    def login(self, *, alternate: bool = False, coast: bool = False) -> str:
        name = "coast" if coast else "demo"
        who = {"username": f"{name}@rooibok.example", "password": f"{name}-password"}
        return str(self.call("login", {**who, "preferAlternateToken": alternate})["value"])

    def quote(self, **changes: Any) -> Json:
        body = {
            "dispatchDate": working_day(),
            "totalWeight": "43",
            "dimMass": "224000",
            "accountNumber": "316085",
            "originSuburb": "Steeledale",
            "originPostCode": "2197",
            "destinationSuburb": "Cape Town",
            "destinationPostCode": "8001",
        }
        return self.call("getquoteservicedeliverypricingv2", {**body, **changes}, self.login())

    def submit(self, token: str = "", **changes: Any) -> Json:
        return self.call("submitwaybillv4", {**waybill(), **changes}, token or self.login())

    def book(self, **changes: Any) -> str:
        return str(self.submit(**changes)["items"][0]["waybillNumber"])

    def track(self, *items: str) -> list[Json]:
        """The definition of the columns and the events."""
        found: list[Json] = self.call("waybillquicktrackingv3customtreeview", {"searchItems": ",".join(items)})["items"]
        return found

    def waybills(self) -> list[Json]:
        found: list[Json] = self.control("state")["waybills"]
        return found


def waybill() -> Json:
    """A submission in the shape of the documented sample."""
    return {
        "waybillNumber": "",
        "autoGenerateWaybillNumber": True,
        "waybillDate": working_day(),
        "accountNumber": "316085",
        "serviceCode": "ONC",
        "sendersRef": "PO-77",
        "instructions": "Ring twice",
        "insuranceRequired": False,
        "insuranceValue": 0,
        "senderCompany": "Rooibok Trading",
        "senderFloorBuilding": "-",
        "senderStreet": "18 Electron Road",
        "senderSuburb": "Steeledale",
        "senderCity": "Johannesburg",
        "senderPostCode": "2197",
        "receiverCompany": "Söhne & O'Brien #5",
        "receiverStreet": "7 Loop Street",
        "receiverSuburb": "Cape Town",
        "receiverCity": "Cape Town",
        "receiverPostCode": "8001",
        "receiverContactName": "Pieter Adams",
        "dimensions": [
            {"dimension1": 40, "dimension2": 40, "dimension3": 20, "weight": 18, "reference": ""},
            {"dimension1": 80, "dimension2": 80, "dimension3": 30, "weight": "25.00", "reference": ""},
        ],
        "additionalReferences": [{"value": "attempt-1"}, {"value": "attempt-2"}],
    }


class Listener:
    """A receiver of webhooks: remembers what came, and answers as told."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.echoes: list[str] = []
        self.echo: Callable[[str], str] = str
        self.status = 200
        self._something = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook/one"

    def wait_for(self, count: int) -> list[Json]:
        """The bodies, once so many have come."""
        with self._something:
            assert self._something.wait_for(lambda: len(self.came) >= count, timeout=10), f"{len(self.came)} came"
            return [json.loads(body) for _, body in self.came]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                echo = parse_qs(urlsplit(self.path).query)["echo"][0]
                listener.echoes.append(echo)
                self._answer(200, listener.echo(echo).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with listener._something:
                    listener.came.append((dict(self.headers.items()), body))
                    listener._something.notify_all()
                self._answer(listener.status, b"")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
