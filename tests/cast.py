"""The standing cast: who may do what on which account.

Head office's account (316085) is granted to everyone but the stranger, who works for the coast (318840, another
identity). Passwords are not set; sign in with `client.force_login`.
"""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Grant, Identity, Role, ShippingAccount, User

ENDPOINT = "http://127.0.0.1:9"
TOKEN = "planted-token-7f3a"
ALTERNATE_TOKEN = "planted-alternate-91bc"


def make_identity(label: str = "Rooibok main", *, endpoint: str = ENDPOINT, token: str = TOKEN) -> Identity:
    identity = Identity(label=label, username=f"{label.rsplit(maxsplit=1)[-1]}@rooibok.example", endpoint=endpoint)
    identity.keep_tokens(token=token, alternate_token=ALTERNATE_TOKEN)
    identity.save()
    return identity


def make_user(name: str, first: str = "", last: str = "", **more: Any) -> User:
    return User.objects.create_user(
        username=name, email=f"{name}@rooibok.example", first_name=first, last_name=last, **more
    )


def grant(user: User, account: ShippingAccount, role: Role) -> Grant:
    return Grant.objects.create(user=user, account=account, role=role)


@pytest.fixture
def identity(db: None) -> Identity:
    return make_identity()


@pytest.fixture
def account(identity: Identity) -> ShippingAccount:
    return ShippingAccount.objects.create(number="316085", name="Head office", identity=identity)


@pytest.fixture
def coast(db: None) -> ShippingAccount:
    other = make_identity("Rooibok coast", token="planted-token-coast")
    return ShippingAccount.objects.create(number="318840", name="Coast", identity=other)


@pytest.fixture
def admin(db: None) -> User:
    return make_user("nomsa", "Nomsa", "Dlamini", is_superuser=True, is_staff=True)


@pytest.fixture
def manager(account: ShippingAccount) -> User:
    user = make_user("pieter", "Pieter", "Venter")
    grant(user, account, Role.MANAGER)
    return user


@pytest.fixture
def booker(account: ShippingAccount) -> User:
    user = make_user("thandi", "Thandi", "Mokoena")
    grant(user, account, Role.BOOKER)
    return user


@pytest.fixture
def priceless_booker(account: ShippingAccount) -> User:
    user = make_user("sipho", "Sipho", "Ndlovu")
    grant(user, account, Role.BOOKER_NO_PRICES)
    return user


@pytest.fixture
def viewer(account: ShippingAccount) -> User:
    user = make_user("anna", "Anna", "Botha")
    grant(user, account, Role.VIEWER)
    return user


@pytest.fixture
def stranger(coast: ShippingAccount) -> User:
    user = make_user("ravi", "Ravi", "Naidoo")
    grant(user, coast, Role.BOOKER)
    return user


@pytest.fixture
def as_booker(booker: User) -> Client:
    client = Client()
    client.force_login(booker, backend="accounts.backends.NameOrEmailBackend")
    return client


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    client = Client()
    client.force_login(stranger, backend="accounts.backends.NameOrEmailBackend")
    return client
