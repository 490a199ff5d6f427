"""The one seam to HTTP. A transport is a function; tests give their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from bexapi.clock import Deadline, Timeouts


@dataclass(frozen=True)
class WireRequest:
    """What is to be sent. Headers and body hold tokens and addresses: they are not shown, and not pickled.

    ``fresh_connection``: nothing of an earlier call may be used. ``max_bytes``: the largest reply to read.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeouts: Timeouts
    deadline: Deadline
    fresh_connection: bool
    max_bytes: int

    def __reduce__(self) -> NoReturn:
        raise TypeError("a request holds secrets and is not pickled")


@dataclass(frozen=True)
class WireResponse:
    """What came back. ``cut_short`` says why the body is not whole, '' when it is."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    cut_short: str = ""

    def header(self, name: str) -> str:
        """The header of that name in any case, '' when there is none."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


class NotSent(Exception):
    """Surely nothing was sent: the connection was not yet established, or it was too late to begin."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MaybeSent(Exception):
    """Something may have been sent, and no answer came."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Transport = Callable[[WireRequest], WireResponse]
"""Raises NotSent or MaybeSent, nothing else, with a reason in plain words that names no secret."""
