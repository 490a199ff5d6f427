"""The default transport: requests, held to what the promise needs.

Redirects are not followed, certificates are verified, nothing is sent a second time, and the environment is not
looked at: no proxy (the line between "not sent" and "maybe sent" could not be drawn through one), no ``.netrc``.
"""

import http.client
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from bexapi.seam import MaybeSent, NotSent, WireRequest, WireResponse
from bexapi.sockets import (
    CURRENT,
    Exchange,
    ResetAtOnce,
    Resolve,
    TimedHTTPConnection,
    TimedHTTPSConnection,
    TooLate,
    TooMuch,
    system_resolve,
)

_PIECE = 65_536
_HEADERS_ALLOWANCE = 1_000_000

# What requests, urllib3, http.client and the system raise when a call fails.
_FAILURES = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)


class _TimedHTTPPool(HTTPConnectionPool):
    ConnectionCls = TimedHTTPConnection


class _TimedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = TimedHTTPSConnection


class _TimedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _TimedHTTPPool, "https": _TimedHTTPSPool}


class RequestsTransport:
    """A transport by requests. Raises NotSent and MaybeSent only.

    The line between the two is drawn where TCP and TLS stand: there the deadline is checked, and whatever fails
    later may have been sent, whatever class of exception it is. Connections are kept per process and thread, except
    where the request wants a fresh one. ``ca_bundle``: a file of certificates to trust instead of the usual ones.
    ``resolve``: the name look-up, for tests and for those who have one of their own.
    """

    def __init__(self, *, ca_bundle: str | None = None, resolve: Resolve = system_resolve) -> None:
        self._verify: str | bool = ca_bundle or True
        self._resolve = resolve
        self._kept = threading.local()

    def __call__(self, request: WireRequest) -> WireResponse:
        exchange = Exchange(
            request.deadline, request.timeouts, self._resolve, 2 * request.max_bytes + _HEADERS_ALLOWANCE
        )
        adapter = _TimedAdapter() if request.fresh_connection else self._kept_adapter()
        token = CURRENT.set(exchange)
        try:
            outcome = self._exchange(adapter, request)
        finally:
            CURRENT.reset(token)
            if request.fresh_connection:
                adapter.close()
        if isinstance(outcome, WireResponse):
            return outcome
        # Raised outside the except block: what failed is not chained, for it holds the request.
        raise MaybeSent(outcome) if exchange.line_crossed else NotSent(outcome)

    def _kept_adapter(self) -> HTTPAdapter:
        """This thread's own; another after a fork, for two processes must not write to one connection."""
        if getattr(self._kept, "process", None) != os.getpid():
            self._kept.adapter = _TimedAdapter(pool_connections=4, pool_maxsize=1)
            self._kept.process = os.getpid()
        adapter: HTTPAdapter = self._kept.adapter
        return adapter

    def _exchange(self, adapter: HTTPAdapter, request: WireRequest) -> WireResponse | str:
        """The response, or in words why there is none."""
        try:
            prepared = requests.Request(request.method, request.url, dict(request.headers), data=request.body).prepare()
            # The adapter, not Session.send: that reads a redirect's whole body to prepare the next request.
            response = adapter.send(
                prepared,
                stream=True,
                timeout=(request.timeouts.connect, request.timeouts.read),
                verify=self._verify,
                proxies={},
            )
        except _FAILURES as error:
            return in_words(error)
        return _received(response, request.max_bytes)


def _received(response: requests.Response, max_bytes: int) -> WireResponse:
    """The response with as much of its body as came, up to the bound."""
    raw: urllib3.HTTPResponse = response.raw
    body = bytearray()
    cut_short = ""
    try:
        while piece := raw.read1(_PIECE, decode_content=False):
            body += piece
            if len(body) > max_bytes:
                raise TooMuch
    except _FAILURES as error:
        cut_short = in_words(error)
        raw.close()
    return WireResponse(raw.status, dict(raw.headers), bytes(body[:max_bytes]), cut_short)


def in_words(error: BaseException) -> str:
    """Why it failed, from the innermost exception that is known, in words that hold nothing of the request."""
    inside = list(_inside(error))
    ours = [each for each in inside if isinstance(each, TooLate | TooMuch)]
    known = [words for each in ours or inside if (words := _known(each))]
    return known[-1] if known else f"the connection failed ({type(error).__name__})"


def _inside(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, outermost first: the libraries hand causes on as arguments, too."""
    todo: list[object] = [error]
    seen: set[int] = set()
    while todo:
        each = todo.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            todo += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]


def _known(error: BaseException) -> str:
    match error:
        case TooLate() | TooMuch() | ResetAtOnce():
            return str(error)
        case ssl.SSLCertVerificationError():
            return f"the certificate was refused: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed ({error.reason})"
        case socket.gaierror():
            return "the host's name was not found"
        case TimeoutError():
            return "timed out"
        case http.client.IncompleteRead() | urllib3.exceptions.IncompleteRead():
            return "the reply was cut short"
        case http.client.RemoteDisconnected():
            return "the connection was closed without an answer"
        case ConnectionResetError() | BrokenPipeError():
            return "the connection was reset"
        case http.client.HTTPException():
            return "the reply is no HTTP"
        case OSError() if error.errno:
            return os.strerror(error.errno)
    return ""


DEFAULT_TRANSPORT = RequestsTransport()
"""Shared by all clients that are given none, so that connections are kept between them. Holds no secret."""
