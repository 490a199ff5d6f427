"""gunicorn's configuration: `gunicorn --config python:bexportal.serving bexportal.wsgi`. Its options on the command
line come on top.
"""

import secrets
from http.client import responses
from socket import socket
from typing import Any

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from bexportal.env import USUAL_GRACE_PERIOD, Settings

bind = "127.0.0.1:8000"
worker_class = "bexportal.serving.PortalWorker"
workers = 2
threads = 12
accesslog = None
# What asks BEX is answered before its process ends, and the process ends before it is killed.
graceful_timeout = int(Settings().period("STOP_GRACE_PERIOD", USUAL_GRACE_PERIOD)) - 5
timeout = graceful_timeout + 30


class PortalWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's own, but that what it cannot read, and so hands to no application, is answered as the API answers."""

    def handle_error(self, req: Any, client: socket, addr: Any, exc: Exception) -> None:
        unreadable = isinstance(exc, errors.ParseException) and not isinstance(exc, OURS)
        if not unreadable:
            super().handle_error(req, client, addr, exc)
            return
        request_id = secrets.token_hex(8)
        # Neither the address nor a header: they may hold a key.
        self.log.warning("request %s cannot be read: %s", request_id, type(exc).__name__)
        try:
            write_nonblock(client, _answer(request_id, *self._told(exc)))
        except OSError:
            self.log.debug("request %s: nobody waits for its answer", request_id)

    def _told(self, exc: Exception) -> tuple[str, str]:
        """The kind of problem, and words."""
        if isinstance(exc, errors.LimitRequestLine):
            return "address-too-long", f"Method and address have at most {self.cfg.limit_request_line} bytes."
        if isinstance(exc, errors.LimitRequestHeaders):
            size, count = self.cfg.limit_request_field_size, self.cfg.limit_request_fields
            return "headers-too-large", f"At most {count} headers of {size} bytes each."
        if isinstance(exc, (errors.InvalidHeader, errors.InvalidHeaderName)):
            return "malformed", "A header is not well formed, or stands twice where once is meant."
        return "malformed", "This is no request that can be read (RFC 9112)."


OURS = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
"""Not the client's fault."""


def _answer(request_id: str, kind: str, detail: str) -> bytes:
    # Django is set up by the time that there is a request, and not yet where this file is read.
    from bexportal.logs import begin_request, end_request
    from bexportal.problems import Problem

    begin_request(request_id)
    try:
        response = Problem(kind, detail).response()
    finally:
        end_request()
    response["X-Request-ID"] = request_id
    response["Content-Length"] = str(len(response.content))
    response["Connection"] = "close"
    first = f"HTTP/1.1 {response.status_code} {responses[response.status_code]}\r\n".encode()
    return first + response.serialize_headers() + b"\r\n\r\n" + response.content
