"""Who sees what: one helper decides, and another's object is as if it did not exist."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.http import Http404
from django.utils import timezone

from accounts import access
from accounts.models import Grant, Role, ShippingAccount, User
from shipments.models import Quote
from tests.cast import grant, make_user
from tests.making import make_quote

MATRIX = {
    Role.VIEWER: {"view", "prices"},
    Role.BOOKER: {"view", "prices", "book"},
    Role.BOOKER_NO_PRICES: {"view", "book"},
    Role.APPROVER: {"view", "prices", "approve"},
    Role.MANAGER: {"view", "prices", "book", "approve", "manage"},
}
ALL_RIGHTS: tuple[access.Right, ...] = ("view", "prices", "book", "approve", "manage")


def rights_of(user: User, account: ShippingAccount) -> set[str]:
    return {right for right in ALL_RIGHTS if access.may(user, account, right)}


@pytest.mark.parametrize("role", Role)
def test_each_role_gives_its_rights_on_its_account_and_nothing_elsewhere(
    account: ShippingAccount, coast: ShippingAccount, role: Role
) -> None:
    user = make_user("lerato")
    grant(user, account, role)
    assert rights_of(user, account) == MATRIX[role]
    assert rights_of(user, coast) == set()
    assert access.sees_prices(user, account) is (role != Role.BOOKER_NO_PRICES)


def test_two_roles_add_up(account: ShippingAccount, priceless_booker: User) -> None:
    grant(priceless_booker, account, Role.VIEWER)
    assert rights_of(priceless_booker, account) == {"view", "book", "prices"}


def test_a_superuser_may_all_and_nobody_nothing(account: ShippingAccount, admin: User) -> None:
    assert rights_of(admin, account) == set(ALL_RIGHTS)
    assert list(access.accounts_for(AnonymousUser())) == []
    assert rights_of(make_user("new"), account) == set()


@pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
def test_a_grant_holds_to_the_end_of_its_last_day(
    account: ShippingAccount, booker: User, days: int, holds: bool
) -> None:
    Grant.objects.update(until=timezone.localdate() + timedelta(days=days))
    assert access.may(booker, account) is holds
    assert access.visible(ShippingAccount.objects.all(), booker, through="pk").exists() is holds


def test_a_group_gives_its_members_what_it_holds(account: ShippingAccount, stranger: User) -> None:
    group = Group.objects.create(name="Dispatch")
    Grant.objects.create(group=group, account=account, role=Role.BOOKER)
    assert not access.may(stranger, account)
    stranger.groups.add(group)
    assert access.may(stranger, account, "book")
    stranger.groups.remove(group)
    assert not access.may(stranger, account)


def test_several_grants_list_an_account_once(account: ShippingAccount, booker: User) -> None:
    group = Group.objects.create(name="Dispatch")
    Grant.objects.create(group=group, account=account, role=Role.BOOKER)
    booker.groups.add(group)
    grant(booker, account, Role.VIEWER)
    assert list(access.accounts_for(booker)) == [account]


@pytest.mark.parametrize("superuser", [True, False])
def test_whoever_is_inactive_has_no_right_left(account: ShippingAccount, booker: User, superuser: bool) -> None:
    booker.is_active, booker.is_superuser = False, superuser
    booker.save()
    assert rights_of(booker, account) == set()
    assert not access.visible(ShippingAccount.objects.all(), booker, through="pk").exists()


def test_anothers_row_and_a_missing_one_are_the_same_404(
    account: ShippingAccount, booker: User, stranger: User
) -> None:
    quote = make_quote(account, booker)
    assert access.get_or_404(Quote.objects.all(), booker, pk=quote.pk) == quote
    with pytest.raises(Http404) as hidden:
        access.get_or_404(Quote.objects.all(), stranger, pk=quote.pk)
    quote.delete()
    with pytest.raises(Http404) as missing:
        access.get_or_404(Quote.objects.all(), stranger, pk=quote.pk)
    assert str(hidden.value) == str(missing.value)


def test_a_row_is_hidden_from_those_who_lack_the_right_asked_for(account: ShippingAccount, viewer: User) -> None:
    quote = make_quote(account, viewer)
    assert access.visible(Quote.objects.all(), viewer).get() == quote
    with pytest.raises(Http404):
        access.get_or_404(Quote.objects.all(), viewer, "book", pk=quote.pk)


def test_accounts_with_prices_leave_out_those_without(
    account: ShippingAccount, priceless_booker: User, booker: User
) -> None:
    assert access.accounts_with_prices(priceless_booker) == frozenset()
    assert access.accounts_with_prices(booker) == {account.pk}
