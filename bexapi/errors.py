"""Everything that a call can raise, by what the caller can do about it.

    BexError
    ├── BexRejected        BEX understood and refused: `ex` without a result, or HTTP 401, 403, 404, 405, 413, 414,
    │                      415, 431. Show `message` to staff and let them correct; never retry by itself.
    ├── BexBusy            HTTP 429, nothing was done. Wait `retry_after` seconds, then try again.
    ├── BexUnreachable     Surely nothing was sent: TCP and TLS were not yet established, or they were, but too late
    │                      to begin. Retry, bounded, with back-off and jitter (`bexapi.retry_delay`).
    └── BexOutcomeUnknown  Something may have been sent, and there is no usable answer: time-out, reset, deadline,
                           HTTP 408, 5xx, 3xx, any other status, unreadable or empty body, neither `ex` nor a
                           result. Repeat only what is safe to repeat; whether a submission booked is not known.

Neither `str` nor `repr` nor `args` holds anything that BEX said: that may echo personal data. It is in attributes.
A wrong argument is a ValueError or TypeError, raised before anything is sent.
"""


class BexError(Exception):
    """A call that gave no result.

    ``operation``: the method that was called, for instance ``submit_waybill``. ``host``: which host was asked.
    ``elapsed``: after how many seconds. ``status``: the HTTP status, None when none came. ``raw``: what BEX
    sent, as text, secrets taken out, bounded in length.
    """

    def __init__(
        self,
        reason: str = "",
        *,
        operation: str = "",
        host: str = "",
        elapsed: float = 0.0,
        status: int | None = None,
        raw: str = "",
    ) -> None:
        super().__init__(reason)
        self.operation = operation
        self.host = host
        self.elapsed = elapsed
        self.status = status
        self.raw = raw

    @property
    def reason(self) -> str:
        """What went wrong, in our own words."""
        return str(self.args[0]) if self.args else ""

    @property
    def may_retry(self) -> bool:
        """Whether a program may make the same call again by itself."""
        return False

    def __str__(self) -> str:
        return f"{self.operation} at {self.host}: {self.reason} (after {self.elapsed:.2f} s)"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class BexRejected(BexError):
    """BEX refused. ``message`` is the text of ``ex``, '' when it gave none: for the eyes of staff, not for logs."""

    message: str = ""


class BexBusy(BexError):
    """BEX asks to wait; ``retry_after`` in seconds, None when it does not say how long."""

    retry_after: float | None = None

    @property
    def may_retry(self) -> bool:
        return True


class BexUnreachable(BexError):
    """Nothing was sent."""

    @property
    def may_retry(self) -> bool:
        return True


class BexOutcomeUnknown(BexError):
    """Something may have been sent; what came of it is not known."""

    @property
    def may_retry(self) -> bool:
        # BEX has no idempotency key, and a second submission is a second shipment. A second log-in may end the first
        # one's token, and its own is then the one that counts.
        return self.operation != "submit_waybill"
