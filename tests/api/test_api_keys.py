"""Keys: shown once, kept as a hash, limited, revoked at once."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import access, api_keys
from accounts.models import ApiKey, ShippingAccount, User
from tests.api.conftest import Api
from tests.cast import make_user
from tests.making import make_waybill

pytestmark = pytest.mark.django_db
PAGE = "/api-keys/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.NameOrEmailBackend")
    return client


def make(user: User, **more: Any) -> tuple[ApiKey, str]:
    return api_keys.create(user, name="ERP", scopes=["read"], by=user, **more)


def test_only_a_hash_is_kept_and_secret_scanners_know_its_shape(booker: User) -> None:
    key, text = make(booker)
    assert re.fullmatch(r"bexp_[0-9A-Za-z]{38}", text)
    stored = " ".join(str(value) for value in ApiKey.objects.values().get(pk=key.pk).values())
    assert text not in stored
    assert text[10:] not in stored
    assert api_keys.authenticate(text).pk == key.pk


@pytest.mark.parametrize(
    "change",
    [
        lambda k: k[:-1],
        lambda k: k + "A",
        lambda k: k.swapcase(),
        lambda k: "",
        lambda k: k[:20] + ("A" if k[20] != "A" else "B") + k[21:],
    ],
)
def test_a_mistyped_key_is_refused_without_a_look_into_the_database(
    booker: User, change: Callable[[str], str], django_assert_num_queries: Any
) -> None:
    wrong = change(make(booker)[1])
    with django_assert_num_queries(0), pytest.raises(api_keys.KeyRefused) as refused:
        api_keys.authenticate(wrong)
    assert not wrong or wrong not in str(refused.value)


def test_a_revoked_key_opens_nothing_from_then_on(api: Api, booker: User) -> None:
    assert api.get("/accounts").status_code == 200
    key = ApiKey.objects.get()
    assert api_keys.revoke(key, booker)
    answer = api.get("/accounts")
    assert (answer.status_code, answer.json()["detail"]) == (401, "This key is revoked.")
    assert not api_keys.revoke(key, booker)


def test_an_expired_key_and_one_of_somebody_who_left_open_nothing(booker: User) -> None:
    key, text = make(booker, expires_at=timezone.now() + timedelta(minutes=1))
    api_keys.authenticate(text)
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    with pytest.raises(api_keys.KeyRefused, match="expired"):
        api_keys.authenticate(text)
    ApiKey.objects.filter(pk=key.pk).update(expires_at=None)
    User.objects.filter(pk=booker.pk).update(is_active=False)
    with pytest.raises(api_keys.KeyRefused, match="no longer"):
        api_keys.authenticate(text)


def test_a_key_of_a_superuser_with_accounts_opens_those_only(
    admin: User, account: ShippingAccount, coast: ShippingAccount
) -> None:
    here, there = make_waybill(account, admin), make_waybill(coast, admin)
    _, text = make(admin, accounts=[coast])
    owner = api_keys.authenticate(text).owner
    assert list(access.accounts_for(owner)) == [coast]
    assert Api(text).get(f"/waybills/{there.pk}").status_code == 200
    assert Api(text).get(f"/waybills/{here.pk}").status_code == 404


def test_a_key_never_may_more_than_its_owner(viewer: User, coast: ShippingAccount) -> None:
    _, text = make(viewer, accounts=[coast])
    assert list(access.accounts_for(api_keys.authenticate(text).owner)) == []


def test_a_scope_that_is_missing_is_named(api_for: Callable[..., Api], booker: User) -> None:
    answer = api_for(booker, ["quote"]).get("/waybills")
    assert (answer.status_code, answer.json()["scope"]) == (403, "read")


def test_a_service_account_owns_keys_and_never_signs_in(account: ShippingAccount) -> None:
    machine = make_user("erp", password="a-long-password-1", is_service=True)
    answer = Client().post("/sign-in/", {"username": "erp", "password": "a-long-password-1"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in Client().session
    _, text = make(machine)
    assert Api(text).get("/accounts").status_code == 200


# --- in the pages ----------------------------------------------------------------------------------------------------
def test_a_person_makes_a_key_sees_it_once_and_revokes_it(booker: User) -> None:
    client = signed_in(booker)
    page = client.post(PAGE, {"name": "ERP", "owner": str(booker.pk), "scopes": ["read", "book"]}).content.decode()
    [text] = re.findall(r"bexp_[0-9A-Za-z]{38}", page)
    assert Api(text).get("/accounts").status_code == 200
    again = client.get(PAGE).content.decode()
    assert text not in again
    assert "read, book" in again
    client.post(reverse("api-key-revoke", args=[ApiKey.objects.get().pk]))
    assert Api(text).get("/accounts").status_code == 401


@pytest.mark.parametrize(("field", "value", "words"), [
    ("name", "", "A name by which you will know it"),
    ("scopes", [], "At least one"),
    ("last_day", "2020-01-31", "This day has passed"),
])  # fmt: skip
def test_what_is_missing_is_said_and_nothing_is_made(booker: User, field: str, value: Any, words: str) -> None:
    asked = {"name": "Kept as typed", "owner": str(booker.pk), "scopes": ["read"], field: value}
    answer = signed_in(booker).post(PAGE, asked)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_anothers_key_is_a_404_and_get_revokes_nothing(booker: User, stranger: User) -> None:
    key, text = make(booker)
    address = reverse("api-key-revoke", args=[key.pk])
    assert signed_in(stranger).post(address).status_code == 404
    assert text[:9] not in signed_in(stranger).get(PAGE).content.decode()
    signed_in(booker).get(address)
    assert api_keys.authenticate(text) == key


def test_only_superusers_make_keys_for_service_accounts(admin: User, booker: User) -> None:
    machine = make_user("erp", is_service=True)
    asked = {"name": "ERP", "owner": str(machine.pk), "scopes": ["read"]}
    assert signed_in(booker).post(PAGE, asked).status_code == 422
    assert signed_in(admin).post(PAGE, asked).status_code == 200
    assert ApiKey.objects.get().owner == machine


def test_the_scope_of_webhooks_is_offered_to_whom_it_opens_something(
    admin: User, booker: User, account: ShippingAccount
) -> None:
    box = 'value="webhooks"'
    assert box in signed_in(admin).get(PAGE).content.decode()
    assert box not in signed_in(booker).get(PAGE).content.decode()
    machine = make_user("erp", is_service=True)
    asked = {"name": "Watch", "owner": str(admin.pk), "scopes": ["webhooks"]}
    for more, words in (
        ({"owner": str(machine.pk)}, "erp is no admin"),
        ({"accounts": [str(account.pk)]}, "belong to no account"),
    ):
        refused = signed_in(admin).post(PAGE, {**asked, **more})
        assert (refused.status_code, words in refused.content.decode()) == (422, True)
    made = signed_in(admin).post(PAGE, asked).content.decode()
    [text] = re.findall(r"bexp_[0-9A-Za-z]{38}", made)
    assert Api(text).get("/webhooks").status_code == 200


def test_the_admins_list_revokes_and_shows_no_key(admin: User, booker: User) -> None:
    key, text = make(booker)
    client = signed_in(admin)
    page = client.get("/admin/accounts/apikey/").content.decode()
    assert "ERP" in page
    assert text not in page
    client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    with pytest.raises(api_keys.KeyRefused):
        api_keys.authenticate(text)


# --- at the shell ----------------------------------------------------------------------------------------------------
def test_the_last_word_of_the_command_is_the_key(booker: User, capsys: Any) -> None:
    call_command("create_api_key", booker.username, "--scopes", "read,quote")
    text = capsys.readouterr().out.split()[-1]
    assert api_keys.authenticate(text).scopes == ["read", "quote"]


@pytest.mark.parametrize("words", [
    ("nobody",), ("thandi", "--scopes", "fly"), ("thandi", "--accounts", "999"), ("thandi", "--accounts", "318840"),
    ("thandi", "--expires", "2020-01-31"), ("thandi", "--expires", "soon"), ("thandi", "--scopes", "read,webhooks"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(booker: User, coast: ShippingAccount, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", *words)
    assert not ApiKey.objects.exists()
