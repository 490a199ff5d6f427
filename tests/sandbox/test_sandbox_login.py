"""Tokens: the log-in, its three ways to treat an older token, and the ends of tokens."""

import pytest

from tests.sandbox.harness import Box


def test_the_reply_has_the_names_and_types_of_the_documented_sample(box: Box) -> None:
    reply = box.call("login", {"username": "demo@rooibok.example", "password": "demo-password"})
    value = reply.pop("value")
    assert len(value) == 60
    assert reply == {
        "id": 19696,
        "isStrongPassword": "True",
        "isEmailVerified": "True",
        "email": "demo@rooibok.example",
        "signalREnabled": "False",
        "allowApiLogin": "False",
    }


def test_a_weak_password_is_told(box: Box) -> None:
    reply = box.call("login", {"username": "coast@rooibok.example", "password": "coast-password"})
    assert (reply["id"], reply["isStrongPassword"]) == (20114, "False")


@pytest.mark.parametrize("password", ["Demo-Password", "", "wrong"])
def test_a_wrong_password_is_refused_with_status_200(box: Box, password: str) -> None:
    reply = box.call("login", {"username": "demo@rooibok.example", "password": password})
    assert reply == {"id": 0, "ex": "Incorrect username or password."}


def test_parameters_come_in_the_query_string_and_in_any_case(box: Box) -> None:
    query = {"UserName": "demo@rooibok.example", "PASSWORD": "demo-password"}
    answer = box.http.get(f"{box.url}/API/service/Login", params=query, timeout=5)
    assert answer.json()["value"] == box.login()


def test_the_alternate_token_is_another_one(box: Box) -> None:
    assert box.login(alternate=True) != box.login()


@pytest.mark.parametrize(("mode", "same", "old_works"), [("same", 1, 1), ("second", 0, 1), ("replace", 0, 0)])
def test_a_new_log_in_treats_the_old_token_as_the_setting_says(
    box: Box, mode: str, same: bool, old_works: bool
) -> None:
    old, alternate = box.login(), box.login(alternate=True)
    box.control("settings", {"login_mode": mode})
    new = box.login()
    assert (new == old) == bool(same)
    assert ("ex" not in box.submit(token=old)) == bool(old_works)
    assert "ex" not in box.submit(token=new)
    number = box.waybills()[0]["number"]
    answer = box.post("/api/service/downloadewaybill", {"token": alternate, "waybillNumber": number})
    assert answer.headers["Content-Type"] == "application/pdf"


def test_an_ended_token_is_refused_until_a_new_log_in(box: Box) -> None:
    old = box.login()
    assert box.control("tokens/end", {"username": "demo@rooibok.example"}) == {"ended": 2}
    assert box.submit(token=old)["ex"] == "Invalid token. Please log in again."
    assert box.login() != old
    assert "ex" not in box.submit()


def test_the_kinds_of_token_are_not_interchangeable(box: Box) -> None:
    number = box.book()
    assert "ex" in box.submit(token=box.login(alternate=True))
    assert "ex" in box.call("downloadewaybill", {"token": box.login(), "waybillNumber": number})


def test_an_unverified_e_mail_blocks_transactions(box: Box) -> None:
    box.control("identities", {"username": "demo@rooibok.example", "email_verified": False})
    assert "has not been verified" in box.quote()["ex"]
    assert "has not been verified" in box.submit()["ex"]
    reply = box.call("login", {"username": "demo@rooibok.example", "password": "demo-password"})
    assert reply["isEmailVerified"] == "False"


def test_secrets_are_shown_on_demand_only(box: Box) -> None:
    token = box.login()
    assert token not in box.http.get(f"{box.url}/_sandbox/state", timeout=5).text
    shown = box.control("state?secrets=1")["identities"]
    assert [identity["token"] for identity in shown if identity["id"] == 19696] == [token]


def test_an_account_can_be_given_to_another_identity(box: Box) -> None:
    box.control("accounts", {"number": "316092", "username": "coast@rooibok.example"})
    refusal = "Account number is not registered for transactions with this token."
    assert box.submit(accountNumber="316092")["ex"] == refusal
    assert "ex" not in box.submit(token=box.login(coast=True), accountNumber="316092")


def test_a_reset_keeps_the_tokens_when_asked(box: Box) -> None:
    token = box.login()
    box.control("reset", {"keep_tokens": True})
    assert box.login() == token
    box.control("reset", {})
    assert box.login() != token
