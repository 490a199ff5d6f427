"""Secrets are taken out of what BEX sent, however it spells them, and the rest stays as it was sent."""

import html
import json
import pickle
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexapi import redact
from bexapi.redaction import LONGEST, Secret, redact_words

HARD = "pä+/= ss\"wo\\\\rd\n%x<é😀>'&"


def as_dot_net(text: str) -> str:
    return "".join(letter if letter.isalnum() and letter.isascii() else _unit_escapes(letter) for letter in text)


def _unit_escapes(letter: str) -> str:
    units = letter.encode("utf-16-be").hex().upper()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, letters as they are": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    ".NET's JSON": as_dot_net,
    "JSON with slashes escaped": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "URL": quote,
    "URL, slashes too": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "HTML": html.escape,
    "HTML in numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "HTML in hex": lambda text: "".join(f"&#x{ord(letter):X};" for letter in text),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", [HARD, "dOdw98+ycsih/29874==", "back\\slash", "a b c d e"])
def test_a_known_secret_is_found_in_every_spelling(spelling: str, secret: str) -> None:
    spelt = SPELLINGS[spelling](secret)
    assert redact(f"<p>before {spelt} after {spelt}</p>", [Secret(secret)]) == (
        "<p>before <redacted> after <redacted></p>"
    )


@given(st.text(min_size=4, max_size=30), st.sampled_from(sorted(SPELLINGS)), st.text(max_size=20))
def test_no_secret_is_left_whatever_it_consists_of(secret: str, spelling: str, around: str) -> None:
    secret = secret.replace("\0", "0")
    spelt = SPELLINGS[spelling](secret)
    assert spelt not in redact(f"{around} {spelt} {around}", [Secret(secret)]).replace("<redacted>", "|")


@pytest.mark.parametrize("name", ["token", "Token", "VALUE", "password", "alternateToken", "secret", "webHookKey"])
@pytest.mark.parametrize("value", ['"abc"', '"a\\"bc"', "12345", '{"deep": ["abc"]}', '["abc", "def"]', "null"])
def test_the_value_of_a_secrets_name_is_taken_out_of_whatever_shape(name: str, value: str) -> None:
    text = f'{{"id": 1, "{name}" : {value}, "email": "a@b.example"}}'
    assert redact(text) == f'{{"id": 1, "{name}" : "<redacted>", "email": "a@b.example"}}'


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1, "value": "dOdw98ycsih', '{"value": ["dOdw98ycsih"', '{"\\u0076alue": "dOdw98ycsih"}',
        "<input name=token value='dOdw98ycsih'>", "token=dOdw98ycsih&x=1", "Password : dOdw98ycsih",
        '{"value": "dOdw98ycsih"} trailing', "{'value': 'dOdw98ycsih'}",
    ],
)  # fmt: skip
def test_a_secrets_name_is_known_in_what_is_cut_or_no_json(text: str) -> None:
    assert "dOdw98ycsih" not in redact(text)


def test_everything_else_stays_as_it_was_sent() -> None:
    text = '{ "total":1740.690,\r\n"insuranceValue" : 5e3, "ex": "Söhne \\u00e9 100% & token" }'
    assert redact(text, [Secret("planted-secret")]) == text


def test_words_for_people_keep_their_amounts_and_lose_what_looks_like_a_token() -> None:
    assert redact_words("Declared value: 500 is too high. Token: expired.") == (
        "Declared value: 500 is too high. Token: expired."
    )
    assert redact_words("Unknown token: dOdw98ycsih298749bd6!") == "Unknown token: <redacted>"
    assert redact_words("No account for hunter2.", [Secret("hunter2")]) == "No account for <redacted>."


def test_what_is_kept_is_bounded_and_no_secret_is_cut_in_two_by_it() -> None:
    secret = "planted-secret"
    for overlap in range(len(secret) + 1):
        kept = redact("x" * (LONGEST - overlap) + secret + "y" * 100, [Secret(secret)])
        assert len(kept) <= LONGEST + 2
        assert "plan" not in kept


@pytest.mark.parametrize("text", ["\\" * 1_000_000, "p" * 1_000_000 + "\\", "%5c" * 300_000, '"' * 500_000])
def test_megabytes_made_to_be_slow_are_read_in_one_pass(text: str) -> None:
    assert redact(text, [Secret("\\pppp+a"), Secret("p" * 17 + "+x")])


def test_what_databases_refuse_is_gone() -> None:
    assert redact("a\0b \ud83d c") == "ab � c"


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("planted-secret")
    assert f"{secret} {secret!r} {[secret]}" == "<secret> <secret> [<secret>]"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(secret, protocol)
