"""Who may ship: identities, their accounts, their two tokens, and the log-in."""

import secrets
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.store import Store
from sandbox.wire import Params, Refused

if TYPE_CHECKING:
    from sandbox.courier import Courier

MAIN, ALTERNATE = "main", "alternate"
BAD_TOKEN = "Invalid token. Please log in again."
BAD_LOGIN = "Incorrect username or password."
NOT_ASSIGNED = "Account number is not registered for transactions with this token."
NOT_VERIFIED = "Your e-mail address has not been verified. Verify it before submitting transactions."

# username, password, id, strong password, e-mail verified, webhook key
IDENTITIES = (
    ("demo@rooibok.example", "demo-password", 19696, True, True, "demo-webhook-key"),
    ("coast@rooibok.example", "coast-password", 20114, False, True, "coast-webhook-key"),
)
# number, username, name, the account's own rate factor
ACCOUNTS = (
    ("316085", "demo@rooibok.example", "Rooibok Trading", "1.00"),
    ("316092", "demo@rooibok.example", "Rooibok Spares", "0.94"),
    ("316101", "demo@rooibok.example", "Rooibok Returns", "1.08"),
    ("318840", "coast@rooibok.example", "Rooibok Coast", "0.97"),
)


@dataclass(frozen=True)
class Account:
    number: str
    name: str
    username: str
    rate_factor: Decimal


def seed(store: Store) -> None:
    """The first start, and after a reset. Leaves alone what is there."""
    if store.row("SELECT 1 FROM identities"):
        return
    store.run_many("INSERT INTO identities VALUES (?, ?, ?, ?, ?, ?)", IDENTITIES)
    store.run_many("INSERT INTO accounts VALUES (?, ?, ?, ?)", ACCOUNTS)
    for username, *_ in IDENTITIES:
        for kind in (MAIN, ALTERNATE):
            if current_token(store, username, kind) is None:
                new_token(store, username, kind)


def login(courier: "Courier", params: Params) -> dict[str, object]:
    """The documented log-in. Raises Refused."""
    store, username = courier.store, params.text("username")
    identity = store.row("SELECT * FROM identities WHERE username = ?", username)
    if identity is None or params.text("password") != identity["password"]:
        raise Refused(BAD_LOGIN)
    kind = ALTERNATE if params.flag("preferAlternateToken") else MAIN
    with store.writing():
        token = current_token(store, username, kind)
        mode = courier.settings.text("login_mode")
        if mode == "replace":
            end_tokens(store, username, kind)
        if token is None or mode != "same":
            token = new_token(store, username, kind)
    return {
        "id": identity["id"],
        "value": token,
        "isStrongPassword": str(bool(identity["strong_password"])),
        "isEmailVerified": str(bool(identity["email_verified"])),
        "email": username,
        "signalREnabled": "False",
        "allowApiLogin": "False",
    }


def current_token(store: Store, username: str, kind: str) -> str | None:
    """The newest that has not ended."""
    row = store.row(
        "SELECT value FROM tokens WHERE username = ? AND kind = ? AND NOT ended ORDER BY rowid DESC", username, kind
    )
    return None if row is None else str(row["value"])


def new_token(store: Store, username: str, kind: str) -> str:
    token = secrets.token_hex(30)
    store.run("INSERT INTO tokens (value, username, kind) VALUES (?, ?, ?)", token, username, kind)
    return token


def end_tokens(store: Store, username: str, kind: str = "") -> int:
    """Ends the identity's tokens, of both kinds when none is named; returns how many."""
    return store.run(
        "UPDATE tokens SET ended = 1 WHERE username = ? AND NOT ended AND (kind = ? OR ? = '')", username, kind, kind
    )


def identity_of(store: Store, token: str, kind: str) -> str:
    """The user name that a token stands for. Raises Refused."""
    row = store.row("SELECT username FROM tokens WHERE value = ? AND kind = ? AND NOT ended", token, kind)
    if row is None:
        raise Refused(BAD_TOKEN)
    return str(row["username"])


def owner_of(store: Store, token: str) -> str:
    """The user name, for faults that end a token: "" when nobody has it."""
    row = store.row("SELECT username FROM tokens WHERE value = ?", token)
    return "" if row is None else str(row["username"])


def transacting_account(store: Store, token: str, number: str, *, required: bool = True) -> Account:
    """The account with which this token may quote and book. Raises Refused.

    When no number is given and none is ``required``, the identity's first account.
    """
    username = identity_of(store, token, MAIN)
    identity = store.row("SELECT email_verified FROM identities WHERE username = ?", username)
    if identity is None or not identity["email_verified"]:
        raise Refused(NOT_VERIFIED)
    if not number and required:
        raise Refused("Account number is required.")
    row = store.row(
        "SELECT * FROM accounts WHERE username = ? AND (number = ? OR ? = '') ORDER BY number", username, number, number
    )
    if row is None:
        raise Refused(NOT_ASSIGNED)
    return Account(row["number"], row["name"], username, Decimal(row["rate_factor"]))
