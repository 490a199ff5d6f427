"""Logging in: a user name and a password for a token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from bexapi.answer import Answer
from bexapi.redaction import Secret

PATH = "/api/service/login"


@dataclass(frozen=True)
class Login:
    """What BEX says of an identity. ``token`` is a secret: not shown by repr, never pickled.

    ``is_email_verified``: an unverified address blocks transactions at BEX. None: BEX did not say.
    """

    identity_number: int | None
    token: str = field(repr=False)
    is_strong_password: bool | None
    is_email_verified: bool | None
    email: str = field(repr=False)
    signalr_enabled: bool | None
    allow_api_login: bool | None
    raw: str = field(repr=False)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a login holds a token and is not pickled")


def to_wire(username: str, password: Secret, *, prefer_alternate_token: bool) -> Mapping[str, object]:
    wire: dict[str, object] = {"username": username, "password": password.reveal()}
    if prefer_alternate_token:
        wire["preferAlternateToken"] = True
    return wire


def read(answer: Answer) -> Login | None:
    """None when the answer holds no token."""
    base = answer.base
    token = base.secret("value") if base else ""
    if base is None or not token:
        return None
    return Login(
        identity_number=base.integer("id"),
        token=token,
        is_strong_password=base.flag("isStrongPassword"),
        is_email_verified=base.flag("isEmailVerified"),
        email=base.text("email"),
        signalr_enabled=base.flag("signalREnabled"),
        allow_api_login=base.flag("allowApiLogin"),
        raw=answer.raw_without(token),
    )
