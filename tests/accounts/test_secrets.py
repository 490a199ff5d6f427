"""Secrets at rest: bound to their row, readable with any key, written with the first."""

import uuid
from typing import Any

import pytest

from accounts.models import Identity
from accounts.secrets import SecretUnreadable, key_id, seal, sealed_with, unseal
from tests.cast import ALTERNATE_TOKEN, TOKEN, make_identity

OLD, NEW = b"o" * 32, b"n" * 32
ROW = uuid.UUID(int=1)


def test_a_sealed_text_opens_in_its_place_and_shows_nothing_of_itself() -> None:
    sealed = seal(TOKEN, table="identity", column="token", row=ROW)
    assert unseal(sealed, table="identity", column="token", row=ROW) == TOKEN
    assert TOKEN not in sealed
    assert seal(TOKEN, table="identity", column="token", row=ROW) != sealed


def test_an_empty_text_stays_empty() -> None:
    assert seal("", table="identity", column="token", row=ROW) == ""
    assert unseal("", table="identity", column="token", row=ROW) == ""


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"table": "webhook", "column": "token", "row": ROW},
        {"table": "identity", "column": "alternate_token", "row": ROW},
        {"table": "identity", "column": "token", "row": uuid.UUID(int=2)},
    ],
)
def test_a_copied_ciphertext_does_not_open_elsewhere(elsewhere: Any) -> None:
    sealed = seal(TOKEN, table="identity", column="token", row=ROW)
    with pytest.raises(SecretUnreadable, match="does not belong to this row"):
        unseal(sealed, **elsewhere)


def test_a_row_whose_token_was_swapped_in_the_database_refuses(identity: Identity) -> None:
    other = make_identity("Other", token="another-token")
    Identity.objects.filter(pk=identity.pk).update(sealed_token=other.sealed_token)
    identity.refresh_from_db()
    with pytest.raises(SecretUnreadable):
        identity.token()
    assert identity.alternate_token() == ALTERNATE_TOKEN


def test_the_first_key_writes_and_every_key_reads(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    sealed = seal(TOKEN, table="identity", column="token", row=ROW)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert unseal(sealed, table="identity", column="token", row=ROW) == TOKEN
    assert sealed_with(sealed) == key_id(OLD)
    assert sealed_with(seal(TOKEN, table="identity", column="token", row=ROW)) == key_id(NEW)


def test_a_missing_key_is_named_and_the_text_is_not(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    sealed = seal(TOKEN, table="identity", column="token", row=ROW)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(SecretUnreadable, match=key_id(OLD)) as unreadable:
        unseal(sealed, table="identity", column="token", row=ROW)
    assert "FIELD_ENCRYPTION_KEYS" in str(unreadable.value)
    assert sealed.split(":")[2] not in str(unreadable.value)


def test_without_a_key_nothing_is_stored_in_the_clear(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = []
    with pytest.raises(SecretUnreadable, match="FIELD_ENCRYPTION_KEYS is empty"):
        seal(TOKEN, table="identity", column="token", row=ROW)


@pytest.mark.parametrize("broken", ["plain", "v0:x:y", "v1::", "v1:{key}:***", "v1:{key}:AAAA", "v1:{key}:é"])
def test_a_spoilt_text_is_unreadable_and_not_a_crash(settings: Any, broken: str) -> None:
    broken = broken.format(key=key_id(settings.FIELD_ENCRYPTION_KEYS[0]))
    with pytest.raises(SecretUnreadable):
        unseal(broken, table="identity", column="token", row=ROW)


def test_a_changed_byte_does_not_open(identity: Identity) -> None:
    last = identity.sealed_token[-5]
    identity.sealed_token = identity.sealed_token[:-5] + ("A" if last != "A" else "B") + identity.sealed_token[-4:]
    with pytest.raises(SecretUnreadable):
        identity.token()


def test_an_empty_alternate_token_keeps_the_one_that_is_there(identity: Identity) -> None:
    identity.keep_tokens(token="next", alternate_token="")
    assert (identity.token(), identity.alternate_token()) == ("next", ALTERNATE_TOKEN)
