"""Whether a delivery is BEX's: the published vector, and everything that is nearly it."""

import hashlib
import hmac
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexapi import webhooks

# The vector of ASP.NET WebHooks: \r\n line ends, two spaces, 239 bytes.
SECRET = "123456789012345678901234567890123456789012345678"
BODY = (
    b'{\r\n  "Id": "1234567890",\r\n  "Attempt": 1,\r\n  "Properties": {\r\n    "p1": "pv1"\r\n  },\r\n'
    b'  "Notifications": [\r\n    {\r\n      "Action": "a1",\r\n      "d1": "dv1"\r\n    },\r\n    {\r\n'
    b'      "Action": "a1",\r\n      "d2": "http://localhost"\r\n    }\r\n  ]\r\n}'
)
SIGNATURE = "sha256=DCDEB62502988CDEDE464AF6A97566D61288C446CFC46F74F341E11173FF30A1"


def test_the_published_vector() -> None:
    assert len(BODY) == 239
    assert webhooks.sign(SECRET, BODY) == SIGNATURE
    assert webhooks.is_signed(BODY, [SIGNATURE], SECRET)


@pytest.mark.parametrize("spelled", [SIGNATURE.lower(), f"  {SIGNATURE} ", SIGNATURE.replace("=", " = ")])
def test_upper_or_lower_case_and_spaces_around_the_parts(spelled: str) -> None:
    assert webhooks.is_signed(BODY, [spelled], SECRET)


@pytest.mark.parametrize("body", [BODY + b"\n", BODY.replace(b"\r\n", b"\n"), BODY.replace(b"dv1", b"dv2"), b""])
def test_any_other_bytes_are_not_signed(body: bytes) -> None:
    assert not webhooks.is_signed(body, [SIGNATURE], SECRET)


def test_another_secret_did_not_sign_it() -> None:
    assert not webhooks.is_signed(BODY, [SIGNATURE], SECRET[::-1])


@pytest.mark.parametrize("secret", ["", "short", "x" * 65])
def test_a_secret_that_bex_would_not_take_signs_and_proves_nothing(secret: str) -> None:
    forged = "sha256=" + hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    with pytest.raises(ValueError, match="32 to 64"):
        webhooks.is_signed(BODY, [forged], secret)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [SIGNATURE, SIGNATURE],
        [""],
        ["sha256="],
        [SIGNATURE[:-1]],
        [SIGNATURE + "0"],
        [SIGNATURE.replace("sha256", "sha1")],
        [SIGNATURE.partition("=")[2]],
        [SIGNATURE[:-1] + "G"],
        ["sha256=" + "٠" * 64],
        [f"{SIGNATURE}, {SIGNATURE}"],
    ],
)
def test_none_two_and_malformed_headers_are_told_apart(headers: list[str]) -> None:
    with pytest.raises(webhooks.MalformedSignature):
        webhooks.is_signed(BODY, headers, SECRET)


def test_one_text_instead_of_a_list_is_the_callers_mistake() -> None:
    with pytest.raises(TypeError):
        webhooks.is_signed(BODY, SIGNATURE, SECRET)


@given(st.binary(), st.text(max_size=200))
def test_whatever_comes_is_refused_or_not_signed(body: bytes, header: str) -> None:
    with suppress(webhooks.MalformedSignature):
        assert not webhooks.is_signed(body, [header], SECRET)


def test_a_new_secret_is_as_long_as_the_sender_takes_and_always_another() -> None:
    made = {webhooks.new_secret() for _ in range(20)}
    assert len(made) == 20
    assert {len(secret) for secret in made} == {64}
    assert all(webhooks.is_signed(BODY, [webhooks.sign(secret, BODY)], secret) for secret in made)


@pytest.mark.parametrize("secret", ["", "x" * 31, "x" * 65])
def test_a_secret_that_the_sender_does_not_take_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="32 to 64"):
        webhooks.sign(secret, BODY)


def test_an_echo_is_given_back_and_nothing_else_is() -> None:
    assert webhooks.echo_answer("0123456789abcdefABCDEF0123456789") == "0123456789abcdefABCDEF0123456789"
    for other in ("", "<script>", "0" * 31, "0" * 33, "0" * 32 + "\n", "g" * 32, "٠" * 32):
        assert webhooks.echo_answer(other) is None
