"""The one place where a stored token becomes a client.

It refuses inside a database transaction: a call to BEX can take longer than any lock may be held. Each call waits for
its turn (`accounts.turns`), with all others of all processes; then it may raise BexBusy, and nothing was sent.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.conf import settings
from django.db import connections

from accounts import turns
from accounts.models import Identity
from accounts.secrets import SecretUnreadable
from bexapi import BexBusy, BexClient, BexError, Gate, Timeouts, Transport, WebhookClient

_transport: ContextVar[Transport | None] = ContextVar("bex_transport", default=None)
_turn: ContextVar[turns.Turn | None] = ContextVar("bex_turn", default=None)


class NoToken(Exception):
    """The identity has not logged in yet, so that nothing can be asked under it."""


class InsideTransaction(RuntimeError):
    """A call to BEX was about to be made with a transaction open: a defect in the caller."""


def client_for(identity: Identity) -> BexClient:
    """A client with both tokens of this identity, for its own endpoint.

    Raises NoToken, SecretUnreadable, InsideTransaction.
    """
    token = identity.token()
    if not token:
        raise NoToken(f"{identity.label} has not logged in at BEX yet")
    return _client(identity.endpoint, token, identity.alternate_token() or None)


def has_token(identity: Identity) -> bool:
    """Whether a token is stored that FIELD_ENCRYPTION_KEYS can read."""
    try:
        return bool(identity.token())
    except SecretUnreadable:
        return False


def anonymous_client(endpoint: str) -> BexClient:
    """A client without tokens, for tracking and for logging in. Raises InsideTransaction."""
    return _client(endpoint, None, None)


def webhook_client(endpoint: str, key: str) -> WebhookClient:
    """A client of BEX's webhook service under a key. Raises InsideTransaction, ValueError for what is no key."""
    refuse_inside_transaction()
    return WebhookClient(endpoint, key=key, timeouts=_timeouts(), transport=_transport.get(), gate=_gate(endpoint))


@contextmanager
def turn_at(endpoint: str, operation: str, *, places: int = 1, patience: float | None = None) -> Iterator[turns.Turn]:
    """One turn for all calls of the block to this endpoint; `operation` is the one that matters.

    `places`: how many of them may run at a time; the turn says how many it got. `patience`: seconds to wait for it,
    where not the usual. Where bookings were not answered
    lately a harmless question tries BEX out first, so that none is spent on that. Raises BexBusy, InsideTransaction.
    """
    refuse_inside_transaction()
    with turns.turn(endpoint, operation, places=places, patience=patience) as turn:
        before = _turn.set(turn)
        try:
            if turn.is_trial and operation == "submit_waybill":
                _try_out(turn)
            yield turn
        finally:
            _turn.reset(before)


def _try_out(turn: turns.Turn) -> None:
    try:
        anonymous_client(turn.endpoint).find_by_reference(secrets.token_hex(10).upper())
    except BexBusy:
        raise
    except BexError as error:
        if error.status is None:  # whatever else it says, it answers
            raise turns.busy(turn.endpoint, turn.operation, error.reason, settings.BEX_PATIENCE) from None


@contextmanager
def transport_in_use(transport: Transport) -> Iterator[None]:
    """The seam for tests: clients made inside speak to this function instead of the network."""
    before = _transport.set(transport)
    try:
        yield
    finally:
        _transport.reset(before)


def refuse_inside_transaction() -> None:
    for connection in connections.all(initialized_only=True):
        # A test case's own outer transactions are marked by Django; they hold no lock of the caller's making.
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise InsideTransaction("a call to BEX inside a database transaction")


def _client(endpoint: str, token: str | None, alternate_token: str | None) -> BexClient:
    refuse_inside_transaction()
    return BexClient(
        endpoint,
        token=token,
        alternate_token=alternate_token,
        timeouts=_timeouts(),
        transport=_transport.get(),
        gate=_gate(endpoint),
    )


def _timeouts() -> Timeouts:
    return Timeouts(
        connect=settings.BEX_CONNECT_TIMEOUT, read=settings.BEX_READ_TIMEOUT, deadline=settings.BEX_DEADLINE
    )


def _gate(endpoint: str) -> Gate:
    turn = _turn.get()
    if turn is not None and turn.endpoint == endpoint:
        return turn.gate
    return partial(turns.turn_of_one_call, endpoint)
