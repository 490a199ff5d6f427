"""Connecting from the shell: identities, accounts, grants; what BEX says is passed on in its words."""

import io
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts import access, shipping_accounts
from accounts.models import Identity, Role, ShippingAccount, TrailEntry, User
from bexapi import NotSent
from tests.accounts.conftest import ALTERNATE, MAIN, PASSWORD, logged_in
from tests.cast import make_identity
from tests.courier import Courier, ScriptedBex, refusal


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, db: None) -> Any:
    """Runs a command as at a shell; returns what it said."""

    def run(*words: str, typed: str = PASSWORD + "\n") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        said = io.StringIO()
        call_command(*words, stdout=said, stderr=said)
        return said.getvalue()

    return run


def add_identity(shell: Any, label: str = "Head office", **more: str) -> str:
    return str(shell("add_identity", "--label", label, "--username", "head@rooibok.example", **more))


# --- identities ------------------------------------------------------------------------------------------------------
def test_an_identity_logs_in_with_a_password_from_standard_input(shell: Any, bex_logs_in: ScriptedBex) -> None:
    said = add_identity(shell)
    identity = Identity.objects.get()
    assert "both tokens are kept" in said
    assert PASSWORD not in said
    assert (identity.token(), identity.alternate_token()) == (MAIN, ALTERNATE)
    assert [call["password"] for call in bex_logs_in.sent("login")] == [PASSWORD, PASSWORD]
    assert TrailEntry.objects.get().actor_text == "add_identity"


def test_what_bex_thinks_of_password_and_address_is_said(shell: Any, bex: ScriptedBex) -> None:
    bex.on("login", logged_in(strong=False, verified=False))
    said = add_identity(shell)
    assert "password is weak" in said
    assert "nothing can be booked" in said


def test_a_refusal_comes_in_bex_words_and_keeps_nothing(shell: Any, bex: ScriptedBex) -> None:
    bex.on("login", refusal("Incorrect username or password."))
    with pytest.raises(CommandError, match=r"own words: Incorrect username or password\.") as refused:
        add_identity(shell)
    assert PASSWORD not in str(refused.value)
    assert not Identity.objects.exists()


def test_an_unreachable_bex_is_said_and_keeps_nothing(shell: Any, bex: ScriptedBex) -> None:
    bex.on("login", NotSent("no route"))
    with pytest.raises(CommandError, match="Nothing was kept: login at") as refused:
        add_identity(shell)
    assert PASSWORD not in str(refused.value)
    assert not Identity.objects.exists()


def test_the_same_identity_twice_is_renewed_and_not_doubled(shell: Any, bex_logs_in: ScriptedBex) -> None:
    add_identity(shell)
    add_identity(shell)
    assert Identity.objects.count() == 1
    assert set(TrailEntry.objects.values_list("action", flat=True)) == {"identity.added", "identity.renewed"}


def test_a_label_of_another_identity_is_refused_before_the_password_is_sent(
    shell: Any, bex_logs_in: ScriptedBex, identity: Identity
) -> None:
    with pytest.raises(CommandError, match="Another identity is called 'Rooibok main'"):
        add_identity(shell, identity.label)
    assert not bex_logs_in.requests


def test_no_password_is_no_log_in(shell: Any, bex_logs_in: ScriptedBex) -> None:
    with pytest.raises(CommandError, match="No password came on standard input"):
        add_identity(shell, typed="")
    assert not bex_logs_in.requests


def test_it_logs_in_at_the_real_courier_in_a_box(shell: Any, courier: Courier, settings: Any) -> None:
    settings.BEX_API_URL = courier.url
    demo = ("add_identity", "--label", "Demo", "--username", "demo@rooibok.example")
    with pytest.raises(CommandError, match=r"Incorrect username or password\."):
        shell(*demo, typed="wrong\n")
    assert "both tokens are kept" in shell(*demo, typed="demo-password\n")
    identity = Identity.objects.get()
    assert identity.endpoint == courier.url
    assert identity.token()
    assert identity.token() != identity.alternate_token()


# --- accounts --------------------------------------------------------------------------------------------------------
def test_an_account_is_added_once_and_renamed_after_that(shell: Any, identity: Identity) -> None:
    words = ("add_account", "316085", "--identity", identity.label, "--name")
    assert "added" in shell(*words, "Head office", "--business-unit", "Inland")
    assert "was here" in shell(*words, "Main office")
    account = ShippingAccount.objects.get()
    assert (account.name, str(account.business_unit), account.endpoint) == ("Main office", "Inland", identity.endpoint)
    assert set(TrailEntry.objects.values_list("action", flat=True)) == {"account.added", "account.changed"}


def test_an_unknown_label_lists_the_known_ones(shell: Any, identity: Identity) -> None:
    with pytest.raises(CommandError, match="There are: Rooibok main"):
        shell("add_account", "1", "--identity", "Rooibok", "--name", "N")
    Identity.objects.all().delete()
    with pytest.raises(CommandError, match="none yet"):
        shell("add_account", "1", "--identity", "Rooibok", "--name", "N")


# --- grants ----------------------------------------------------------------------------------------------------------
def test_a_grant_is_given_prolonged_and_taken(shell: Any, stranger: User, account: ShippingAccount) -> None:
    shell("grant", "RAVI", account.number, "viewer")
    shell("grant", "ravi", account.number, "booker", "--until", "2030-01-31")
    assert access.may(stranger, account, "book")
    assert str(stranger.grants.get(account=account, role=Role.BOOKER).until) == "2030-01-31"
    assert "1 grants ended" in shell("revoke", "ravi", account.number, "booker")
    assert access.may(stranger, account)
    shell("revoke", "ravi", account.number)
    assert not access.may(stranger, account)
    assert "no such grant" in shell("revoke", "ravi", account.number)
    actions = list(TrailEntry.objects.values_list("action", flat=True))
    assert sorted(actions) == ["grant.ended", "grant.ended", "grant.given", "grant.given"]


def test_unknown_people_and_accounts_are_named(shell: Any, stranger: User, account: ShippingAccount) -> None:
    with pytest.raises(CommandError, match="Nobody here has the user name 'nobody'"):
        shell("grant", "nobody", account.number, "viewer")
    with pytest.raises(CommandError, match="No account has the number '1'"):
        shell("grant", "ravi", "1", "viewer")
    with pytest.raises(CommandError, match="Nobody here has the user name 'nobody'"):
        shell("revoke", "nobody", account.number)


def test_what_is_there_already_is_left_alone(shell: Any, stranger: User, account: ShippingAccount) -> None:
    for _ in range(2):
        shell("grant", "ravi", account.number, "viewer")
        shell("add_account", account.number, "--identity", account.identity.label, "--name", account.name)
    assert [entry.action for entry in TrailEntry.objects.all()] == ["grant.given"]
    shell("grant", "ravi", account.number, "viewer", "--until", "2030-01-31")
    assert TrailEntry.objects.count() == 2


@pytest.mark.parametrize(("day", "said"), [("2020-01-31", "has passed"), ("31.1.2030", "write it like 2027-01-31")])
def test_a_last_day_that_cannot_be_meant_is_refused(
    shell: Any, stranger: User, account: ShippingAccount, day: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        shell("grant", "ravi", account.number, "viewer", "--until", day)
    assert not access.may(stranger, account)


def test_a_number_that_several_couriers_have_is_that_of_the_one_in_use(
    shell: Any, stranger: User, account: ShippingAccount, settings: Any
) -> None:
    other = make_identity("Elsewhere", endpoint="http://127.0.0.1:10")
    ShippingAccount.objects.create(number=account.number, name="Sandbox", identity=other)
    assert "Head office" in shell("grant", "ravi", account.number, "viewer")
    settings.BEX_API_URL = "https://api.bex.co.za"
    with pytest.raises(CommandError, match="none of them at"):
        shell("grant", "ravi", account.number, "viewer")


def test_a_new_log_in_lifts_the_pause_that_a_refused_token_brought_and_no_other(
    shell: Any, bex_logs_in: ScriptedBex
) -> None:
    add_identity(shell)
    identity = Identity.objects.get()
    for number, reason in (("1", shipping_accounts.PROBE_REFUSED), ("2", "Unpaid bill")):
        one = ShippingAccount.objects.create(number=number, name=number, identity=identity)
        shipping_accounts.pause(one, reason, "probe")
    add_identity(shell)
    assert [one.may_send for one in ShippingAccount.objects.order_by("number")] == [True, False]
    assert TrailEntry.objects.filter(action="account.resumed").count() == 1


@pytest.mark.parametrize(("number", "name", "words"), [
    ("316 085", "Head office", "letters and digits only"),
    ("", "Head office", "letters and digits only"),
    ("3" * 21, "Head office", "letters and digits only"),
    ("316085", "  ", "not empty"),
])  # fmt: skip
def test_an_account_that_cannot_be_meant_is_refused(
    shell: Any, identity: Identity, number: str, name: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        shell("add_account", number, "--identity", identity.label, "--name", name)
    assert not ShippingAccount.objects.exists()
