"""A page that stands open in a browser, as far as the portal sees it: what it was served, and what it asks for."""

import html
import re
from typing import Any, Protocol

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shipments.models import Waybill

WITHIN = 3
"""Queries of who asks (session, person), and a margin of one."""


class Make(Protocol):
    def __call__(self, number: str = "", **more: object) -> Waybill: ...


class Open(Protocol):
    def __call__(self, address: str, client: Client = ...) -> "OpenPage": ...


class OpenPage:
    """`text`: what was served. `news`: the last answer with something new, ''."""

    def __init__(self, client: Client, address: str) -> None:
        self.client = client
        reply = client.get(address)
        assert reply.status_code == 200, reply.status_code
        self.text = reply.content.decode()
        follower = re.search(r'<div id="follow".*?>', self.text, re.DOTALL)
        assert follower, "the page does not follow"
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', html.unescape(follower[0])))
        self.address, self.version, self.every = told["hx-get"], self._version(follower[0]), int(told["data-every"])
        self.parts = _parts(self.text)
        self.news, self.queries = "", 0

    @staticmethod
    def _version(follower: str) -> str:
        found = re.search(r'data-version="([^"]*)"', follower)
        assert found
        return html.unescape(found[1])

    def ask(self) -> Any:
        """As the page does by itself."""
        headers = {"HX-Request": "true", "If-None-Match": self.version}
        with CaptureQueriesContext(connection) as queries:
            reply = self.client.get(self.address, headers=headers)
        self.queries = len(queries)
        if reply.status_code in {200, 304}:
            self.version = reply.headers["ETag"]
        self.news = reply.content.decode()
        return reply

    def has_news(self) -> bool:
        status: int = self.ask().status_code
        assert status in {200, 304}, status
        return status == 200

    def changed(self) -> set[str]:
        """Asks, and takes what reads differently: the names of those parts."""
        if not self.has_news():
            return set()
        new = _parts(self.news)
        different = {name for name, digest in new.items() if self.parts.get(name) != digest}
        self.parts |= new
        return different


def _parts(text: str) -> dict[str, str]:
    return dict(re.findall(r'id="live-([\w-]+)" data-live="(\w+)"', text))
