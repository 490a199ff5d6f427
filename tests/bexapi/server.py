"""A small TCP server of a test's own: what it answers is said byte by byte, and what it received can be read."""

import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from bexapi import BexClient, RequestsTransport, Timeouts
from bexapi.sockets import AddressInfo, Resolve, system_resolve
from tests.bexapi.cast import ALTERNATE, TOKEN

Script = Callable[["Visit"], None]
PATIENT = Timeouts(connect=20, read=20, deadline=40)
"""Nothing in a test that uses these is expected to run out."""


class Visit:
    """One connection, as the server has it."""

    def __init__(self, server: "Server", sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.received = b""

    def read_request(self) -> bytes:
        """One whole request; less when the other side went away."""
        request = b""
        while b"\r\n\r\n" not in request and (piece := self._receive()):
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length and (piece := self._receive()):
            request, body = request + piece, body + piece
        return request

    def _receive(self) -> bytes:
        piece = self.sock.recv(65_536)
        self.received += piece
        return piece

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        self.send("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    def until_the_other_side_closes(self) -> None:
        while self._receive():
            pass

    def hang_up(self) -> None:
        self.sock.close()

    def drip(self, piece: bytes) -> None:
        """The same piece again and again, for as long as somebody listens."""
        while not self.server.closing.wait(0.02):
            self.send(piece)


class Server:
    """``visits``: the connections that were made, in order. ``arrived`` is set by the first.

    ``ended[n]`` is set when the n-th was closed from here.
    """

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        self.visits: list[Visit] = []
        self.arrived = threading.Event()
        self.closing = threading.Event()
        self.ended: defaultdict[int, threading.Event] = defaultdict(threading.Event)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://localhost:{self.port}"

    @property
    def received(self) -> bytes:
        return b"".join(visit.received for visit in self.visits)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                visit = Visit(self, sock)
                self.visits.append(visit)
                self.arrived.set()
                self._threads.append(threading.Thread(target=self._serve, args=(visit,), daemon=True))
                self._threads[-1].start()

    def _serve(self, visit: Visit) -> None:
        with suppress(OSError):  # the other side went away, which many of these tests are about
            try:
                if self._tls is not None:
                    visit.sock = self._tls.wrap_socket(visit.sock, server_side=True)
                self.script(visit)
            finally:
                visit.sock.close()
                self.ended[self.visits.index(visit)].set()

    def close(self) -> None:
        """Ends what it does, so that ``received`` is all that there will be."""
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for visit in self.visits:
            with suppress(OSError):  # what lies unread can still be read, then comes the end
                socket.socket.shutdown(visit.sock, socket.SHUT_RD)
        for thread in list(self._threads):
            thread.join(timeout=20)


@contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(script, tls)
    try:
        yield server
    finally:
        server.close()


def resolve_ipv4(host: str, port: int) -> Sequence[AddressInfo]:
    """The servers of these tests listen there only."""
    return [info for info in system_resolve(host, port) if info[0] == socket.AF_INET]


def client_of(
    url: str,
    timeouts: Timeouts = PATIENT,
    *,
    resolve: Resolve = resolve_ipv4,
    ca_bundle: str | None = None,
) -> BexClient:
    """A client with a transport of its own, so that no connection is left from another test."""
    transport = RequestsTransport(resolve=resolve, ca_bundle=ca_bundle)
    return BexClient(url, token=TOKEN, alternate_token=ALTERNATE, timeouts=timeouts, transport=transport)


def answering(body: bytes, status: str = "200 OK", *headers: str) -> Script:
    """Answers every request of a connection alike."""

    def script(visit: Visit) -> None:
        while visit.read_request():
            visit.reply(body, status, *headers)

    return script
