"""The HTTP server: one thread a connection, kept alive, each answer in one piece, and the ways to break that."""

import select
import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox import control, faults, page
from sandbox.api import CUT, CUT_BODY, DRIP, HANG, Answer, Api
from sandbox.http_types import NOT_FOUND, Reply, Request, json_reply

LARGEST_BODY = 8 * 1024 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class SandboxServer(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], api: Api, listener: socket.socket | None = None) -> None:
        """``listener``: a socket that listens already, in place of one at ``address``."""
        self.api = api
        self.stopping = False
        super().__init__(address, Handler, bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket, self.server_address = listener, listener.getsockname()
            self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def server_bind(self) -> None:
        """As for any TCP server: the address needs no name, and looking one up may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def verify_request(self, request: Any, _client_address: Any) -> bool:
        """The fault that cuts at accept: the peer sees a connection that was reset before it could speak."""
        if faults.take(self.api.courier.store, "connect") is None:
            return True
        request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        request.close()
        return False

    def shutdown(self) -> None:
        """Nothing new is begun from here on, also on connections that are kept alive."""
        self.stopping = True
        super().shutdown()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Peers that go away are what a sandbox is for, and so is its own end; anything else is shown as usual."""
        if not self.stopping and not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120
    server: SandboxServer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what was called stands in the state."""

    def _serve(self) -> None:
        body = self._body()
        if self.server.stopping:
            self.close_connection = True
            return
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        api = self.server.api
        operation = api.operation_of(request.path) if self.command in ("GET", "POST") else None
        if operation is not None:
            with api.busy.during(operation):
                self._send(api.answer(operation, request))
        else:
            self._send(Answer(self._own_page(request)))

    def _body(self) -> bytes | None:
        """None when it cannot be read; the connection is then given up."""
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_BODY or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._send(Answer(json_reply({"Message": "The body is missing its length or too large."}, 413)))
            return None
        return self.rfile.read(length) if length else b""

    def _own_page(self, request: Request) -> Reply:
        """The page for people and the controls: for this machine only, and for no other site's scripts."""
        known = request.path in ("/", page.STYLE_PATH) or request.path.startswith((control.PREFIX, page.FORMS))
        if not known:
            return NOT_FOUND
        if not ip_address(self.client_address[0]).is_loopback:
            return json_reply({"error": "only this machine may look at the sandbox and control it"}, 403)
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return json_reply({"error": "another site may not control the sandbox"}, 403)
        if request.path.startswith(control.PREFIX):
            return control.answer(self.server.api, request)
        return page.answer(self.server.api, request)

    def _send(self, answer: Answer) -> None:
        reply, connection = answer.reply, self.connection
        if answer.manner == HANG:
            self._wait_for_the_end(answer.seconds)
            self._reset()
        elif answer.manner == CUT:
            self._reset()
        elif answer.manner == CUT_BODY:
            connection.sendall(reply.head(close=False) + reply.body[: len(reply.body) // 2])
            time.sleep(0.05)  # a reset sent at once would overtake the half that was sent
            self._reset()
        elif answer.manner == DRIP:
            connection.sendall(reply.head(close=True))
            self.close_connection = True
            for index in range(len(reply.body)):
                time.sleep(answer.seconds)
                connection.sendall(reply.body[index : index + 1])
        else:
            if answer.seconds:
                time.sleep(answer.seconds)
            body = b"" if self.command == "HEAD" else reply.body
            connection.sendall(reply.head(close=self.close_connection) + body)

    def _wait_for_the_end(self, seconds: float) -> None:
        """Until the peer goes away, but no longer than this."""
        peer = select.poll()
        peer.register(self.connection, select.POLLIN)
        peer.poll(seconds * 1000)

    def _reset(self) -> None:
        """Closes with RST instead of FIN: linger of 0 seconds, and every file on the socket closed."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.rfile.close()
        self.connection.close()
