"""Logging in gives a token and what BEX thinks of the identity."""

import pytest

from bexapi import BexOutcomeUnknown, BexRejected
from tests.bexapi.cast import PASSWORD, Answering, answered, client, payload, sample


def test_the_sample_reply_is_read() -> None:
    login = answered(payload("login_reply")).login("naledi@rooibok.example", PASSWORD)
    assert login.token == "planted-fresh-token-9fQ27cXw8LkR"
    assert login.identity_number == 20417
    assert (login.is_strong_password, login.is_email_verified) == (True, False)
    assert (login.signalr_enabled, login.allow_api_login) == (False, True)
    assert login.email == "shipping@rooibok.example"
    assert '"isStrongPassword": "True"' in login.raw
    assert login.token not in login.raw


def test_names_come_in_any_case_and_types_as_they_like() -> None:
    reply = {"Id": "20417", "VALUE": "abcdefgh", "isstrongpassword": True, "isEmailVerified": 0, "signalRenabled": ""}
    login = answered(reply).login("u", PASSWORD)
    assert (login.identity_number, login.token) == (20417, "abcdefgh")
    assert (login.is_strong_password, login.is_email_verified, login.signalr_enabled) == (True, False, None)
    assert login.allow_api_login is None


def test_the_password_goes_as_it_is_and_no_token_goes_along() -> None:
    transport = Answering(sample("login_reply"))
    client(transport).login(" naledi@rooibok.example", PASSWORD)
    assert transport.sent == {"username": " naledi@rooibok.example", "password": PASSWORD}
    assert transport.requests[0].url == "https://bex.example/api/service/login"
    assert not any(name.lower() == "token" for name in transport.requests[0].headers)


def test_the_alternate_token_is_asked_for_only_when_wanted() -> None:
    transport = Answering(sample("login_reply"))
    client(transport).login("u", PASSWORD, prefer_alternate_token=True)
    assert transport.sent["preferAlternateToken"] is True


def test_a_refusal_carries_bexs_words_apart_from_its_own() -> None:
    with pytest.raises(BexRejected) as caught:
        answered({"id": 0, "ex": "Incorrect username or password for naledi."}).login("u", PASSWORD)
    assert caught.value.message == "Incorrect username or password for naledi."
    assert "naledi" not in str(caught.value) + repr(caught.value) + repr(caught.value.args)


@pytest.mark.parametrize("value", ["", None, {"no": "text"}, True])
def test_a_reply_without_a_token_is_an_unknown_outcome(value: object) -> None:
    with pytest.raises(BexOutcomeUnknown):
        answered({"id": 1, "value": value}).login("u", PASSWORD)
