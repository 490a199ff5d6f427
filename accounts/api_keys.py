"""Keys of the REST API: made once, shown once, found again by their hash.

A key is `bexp_`, 32 letters and digits, and 6 more that are a checksum of what stands before: secret scanners find it
by `bexp_[0-9A-Za-z]{38}`, and a mistyped one is refused without a look into the database.
"""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import trail
from accounts.models import ApiKey, ShippingAccount, User
from accounts.models.api_key import Scope

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIX, RANDOM, CHECKSUM = "bexp_", 32, 6
PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM + CHECKSUM}}}")
SHOWN = len(PREFIX) + 4


class KeyRefused(Exception):
    """The key opens nothing. `reason` says why and repeats nothing of the key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def create(
    owner: User, *, name: str, scopes: Iterable[str], accounts: Sequence[ShippingAccount] = (),
    expires_at: datetime | None = None, by: User | str,
) -> tuple[ApiKey, str]:  # fmt: skip
    """The key's row, and the key itself: nobody can show it a second time."""
    chosen = [scope.value for scope in Scope if scope.value in set(scopes)]
    text = _new()
    key = ApiKey.objects.create(
        owner=owner, name=name, prefix=text[:SHOWN], digest=digest(text), scopes=chosen, expires_at=expires_at,
        created_by=by if isinstance(by, User) else None,
    )  # fmt: skip
    key.accounts.set(accounts)
    numbers = [account.number for account in accounts]
    trail.record(by, "api-key.made", key, owner=owner.username, scopes=chosen, accounts=numbers or "all")
    return key, text


def why_no_webhooks(owner: User, scopes: Collection[str], accounts: Collection[ShippingAccount]) -> str:
    """Why the scope `webhooks` would open nothing, in words; '' where it would, or is not asked for."""
    if Scope.WEBHOOKS not in scopes:
        return ""
    if not owner.is_superuser:
        return f"{owner} is no admin, and webhooks are for admins alone."
    return "Webhooks belong to no account: a key that is limited to some opens none." if accounts else ""


@transaction.atomic
def revoke(key: ApiKey, by: User | str) -> bool:
    """From now on it opens nothing. False where it was revoked before."""
    actor = by if isinstance(by, User) else None
    rows = ApiKey.objects.filter(pk=key.pk, revoked_at=None)
    if not rows.update(revoked_at=timezone.now(), revoked_by=actor):
        return False
    trail.record(by, "api-key.revoked", key, owner=key.owner.username)
    return True


def authenticate(text: str) -> ApiKey:
    """The key in use, whose owner acts with it and is limited to its accounts. Raises KeyRefused."""
    if not PATTERN.fullmatch(text) or checksum(text[:-CHECKSUM]) != text[-CHECKSUM:]:
        raise KeyRefused("This is no key of this portal: it begins with bexp_ and has 43 characters.")
    key = ApiKey.objects.select_related("owner").filter(digest=digest(text)).first()
    if key is None:
        raise KeyRefused("This key is not known here.")
    why_not = key.why_not(timezone.now())
    if why_not:
        raise KeyRefused(f"This key is {why_not}.")
    limits = frozenset(key.accounts.values_list("pk", flat=True))
    key.owner.limited_to = limits or None
    key.owner.acts_with = key
    return key


def count_call(key: ApiKey, now: datetime) -> int:
    """Notes one more call in this minute, over all processes; how many there are now."""
    minute = now.replace(second=0, microsecond=0)
    rows = ApiKey.objects.filter(pk=key.pk)
    if not rows.filter(minute=minute).update(calls=F("calls") + 1):
        fresh = rows.filter(Q(minute=None) | Q(minute__lt=minute) | Q(minute__gt=minute + timedelta(minutes=1)))
        if not fresh.update(minute=minute, calls=1, last_used_at=minute):
            rows.update(calls=F("calls") + 1)
    return rows.values_list("calls", flat=True).get()


def digest(text: str) -> str:
    """190 random bits need no salt and no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECKSUM)


def _new() -> str:
    body = PREFIX + "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
    return body + checksum(body)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, len(LETTERS))
        digits.append(LETTERS[rest])
    return "".join(reversed(digits))
