"""Secrets at rest: AES-GCM with rotatable keys, each bound to its table, column and row.

A sealed text is `v1:<key id>:<nonce and ciphertext, base64>`. The first of `FIELD_ENCRYPTION_KEYS` writes, all of them
read; the key id says which one, so that a rotation can tell what is left. A ciphertext that was copied to another row
or column does not open there.
"""

import base64
import binascii
import hashlib
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "v1"
NONCE_BYTES = 12


class SecretUnreadable(Exception):
    """A sealed text that none of the keys opens here: a missing or wrong key, or a text from another row."""


def key_id(key: bytes) -> str:
    return hashlib.sha256(b"bexportal field key" + key).hexdigest()[:8]


def _bound_to(table: str, column: str, row: uuid.UUID) -> bytes:
    return f"{table}:{column}:{row}".encode()


def _writing_key() -> bytes:
    keys: list[bytes] = settings.FIELD_ENCRYPTION_KEYS
    if not keys:
        raise SecretUnreadable("FIELD_ENCRYPTION_KEYS is empty: secrets can be neither stored nor read")
    return keys[0]


def seal(text: str, *, table: str, column: str, row: uuid.UUID) -> str:
    """The text, encrypted for this row and column. An empty text stays empty."""
    if not text:
        return ""
    key = _writing_key()
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), _bound_to(table, column, row))
    return f"{VERSION}:{key_id(key)}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, *, table: str, column: str, row: uuid.UUID) -> str:
    """The text again. Raises SecretUnreadable, which names the key that is missing and never the text."""
    if not sealed:
        return ""
    version, _, rest = sealed.partition(":")
    wanted, _, body = rest.partition(":")
    if version != VERSION:
        raise SecretUnreadable(f"{table}.{column}: not a sealed text of version {VERSION}")
    key = next((key for key in settings.FIELD_ENCRYPTION_KEYS if key_id(key) == wanted), None)
    if key is None:
        raise SecretUnreadable(f"{table}.{column}: sealed with key {wanted}, which FIELD_ENCRYPTION_KEYS does not hold")
    try:
        data = base64.b64decode(body, validate=True)
        opened = AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound_to(table, column, row))
    except (binascii.Error, ValueError, InvalidTag):
        raise SecretUnreadable(f"{table}.{column}: the sealed text does not belong to this row") from None
    return opened.decode()


def sealed_with(sealed: str) -> str:
    """The id of the key that sealed it; '' for an empty text."""
    return sealed.split(":")[1] if sealed.count(":") >= 2 else ""
