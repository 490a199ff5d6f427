"""What bexapi adds to a quote: its typed, bounded, redacted call against a bare http.client that parses the JSON."""

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from benchmarks.courier import ACCOUNT, PASSWORD, USERNAME, sandbox
from benchmarks.ratio import Ratio, compare
from bexapi import BexClient, Place, QuoteRequest

PATH = "/api/service/getquoteservicedeliverypricingv2"
QUESTION = QuoteRequest(
    account_number=ACCOUNT,
    dispatch_date=date.today() + timedelta(days=1),
    origin=Place("Sandton", "2196"),
    destination=Place("Cape Town", "8001"),
    total_weight_kg=Decimal(6),
    volume_cm3=24_000,
)


def run(rounds: int) -> Iterator[Ratio]:
    with sandbox() as url:
        token = BexClient(url).login(USERNAME, PASSWORD).token
        client = BexClient(url, token=token)
        options = len(client.quote(QUESTION).options)
        bare = _bare(url, token)
        note = f"{options} options in each answer, {rounds} calls"
        yield compare("bexapi: one quote", lambda: client.quote(QUESTION), bare, rounds, note)


def _bare(url: str, token: str) -> Callable[[], object]:
    """The same bytes over one connection that is kept, as bexapi keeps its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    body = json.dumps(QUESTION.to_wire(), default=float)
    headers = {"Content-Type": "application/json", "token": token}

    def ask() -> object:
        connection.request("POST", PATH, body, headers)
        reply = connection.getresponse()
        answer = json.loads(reply.read())
        assert reply.status == http.client.OK
        assert answer["items"]
        return answer

    return ask
