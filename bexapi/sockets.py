"""Connections that know the line between "nothing was sent" and "something may have been", and that end in time."""

import http.client
import io
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

from bexapi.clock import Deadline, Timeouts

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
Resolve = Callable[[str, int], Sequence[AddressInfo]]
"""From host and port to what ``socket.getaddrinfo`` gives; may raise OSError."""

_PIECE = 65_536


class TooLate(OSError):
    """The deadline has passed."""

    def __init__(self) -> None:
        super().__init__("the deadline has passed")


class TooMuch(OSError):
    """More came than was asked to be read."""

    def __init__(self) -> None:
        super().__init__("the reply is too large")


class ResetAtOnce(OSError):
    """The other side ended the connection while it was being established."""

    def __init__(self) -> None:
        super().__init__("the connection was reset")


@dataclass
class Exchange:
    """One request on its way. ``allowance``: bytes that may still come in, of whatever kind."""

    deadline: Deadline
    timeouts: Timeouts
    resolve: Resolve
    allowance: int
    line_crossed: bool = False

    def patience(self, seconds: float) -> float:
        """That many seconds, or what is left until the deadline. Raises TooLate."""
        left = self.deadline.remaining()
        if left <= 0:
            raise TooLate
        return min(seconds, left)

    def cross_the_line(self) -> None:
        """Called when TCP and TLS stand, before the first byte. Raises TooLate."""
        if self.deadline.expired:
            raise TooLate
        self.line_crossed = True

    def take(self, received: int) -> None:
        self.allowance -= received
        if self.allowance < 0:
            raise TooMuch


CURRENT: ContextVar[Exchange] = ContextVar("bexapi_exchange")
"""The exchange that this thread is at; a kept connection serves several, one after the other."""


class TimedSocket:
    """A connected socket of which each send and receive waits no longer than the current exchange may."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def sendall(self, data: bytes) -> None:
        exchange = CURRENT.get()
        view = memoryview(data)
        while view:
            self._sock.settimeout(exchange.patience(exchange.timeouts.read))
            view = view[self._sock.send(view[:_PIECE]) :]

    def makefile(self, mode: str = "rb", *_: object, **__: object) -> io.BufferedReader:
        # Unbuffered, so that every read of the network passes through _TimedReader.
        raw = cast(io.RawIOBase, self._sock.makefile("rb", buffering=0))
        return io.BufferedReader(_TimedReader(raw, self._sock))

    def settimeout(self, value: float | None) -> None:
        self._sock.settimeout(value)

    def fileno(self) -> int:
        return self._sock.fileno()

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def close(self) -> None:
        self._sock.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        exchange = CURRENT.get()
        self._sock.settimeout(exchange.patience(exchange.timeouts.read))
        received = self._raw.readinto(buffer)
        exchange.take(received or 0)
        return received

    def close(self) -> None:
        self._raw.close()
        super().close()


class _SilentResponse(http.client.HTTPResponse):
    """urllib3 logs headers that it cannot parse, and a reply may hold a secret."""

    def begin(self) -> None:
        super().begin()
        self.headers.defects = []
        self.headers.set_payload("")


class TimedHTTPConnection(HTTPConnection):
    """urllib3's connection, with our own way of connecting and with the line."""

    response_class = _SilentResponse

    auto_open = 0  # http.client would connect anew, unseen, in the middle of a request

    def _new_conn(self) -> socket.socket:
        return open_socket(self._dns_host, self.port, CURRENT.get(), self.socket_options or [])

    def connect(self) -> None:
        try:
            super().connect()
        except (ConnectionResetError, BrokenPipeError):
            # urllib3 takes either for an answer that came early, and goes on to read it.
            raise ResetAtOnce from None
        self.sock = cast(socket.socket, TimedSocket(cast(socket.socket, self.sock)))

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.is_closed:
            self.connect()
        CURRENT.get().cross_the_line()
        super().request(*args, **kwargs)


class TimedHTTPSConnection(TimedHTTPConnection, HTTPSConnection):
    """The same over TLS: ``connect`` has ended when the certificate was verified."""


def open_socket(
    host: str, port: int, exchange: Exchange, options: Sequence[tuple[int, int, int | bytes]]
) -> socket.socket:
    """A TCP connection to the first address that answers, its time-out set for a TLS handshake. Raises OSError."""
    failure: OSError = OSError("the host has no address")
    for family, kind, protocol, _, address in look_up(host, port, exchange):
        sock = socket.socket(family, kind, protocol)
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(exchange.patience(exchange.timeouts.connect))
            sock.connect(address)
            sock.settimeout(exchange.patience(exchange.timeouts.connect))
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def look_up(host: str, port: int, exchange: Exchange) -> Sequence[AddressInfo]:
    """The host's addresses. Raises OSError, TooLate when they take longer than the deadline.

    The system's resolver cannot be interrupted, so it works in a thread of its own, which a late call leaves behind.
    """
    answers: queue.SimpleQueue[Sequence[AddressInfo] | OSError] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(exchange.resolve(host, port))
        except OSError as error:
            answers.put(error)
        except ValueError:
            answers.put(OSError("the host's name is not valid"))

    try:
        threading.Thread(target=work, daemon=True, name="bexapi-look-up").start()
    except RuntimeError:
        raise OSError("no thread for the name look-up") from None
    try:
        answer = answers.get(timeout=exchange.patience(exchange.deadline.remaining()))
    except queue.Empty:
        raise TooLate from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def system_resolve(host: str, port: int) -> Sequence[AddressInfo]:
    return socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
