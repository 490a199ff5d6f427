"""The one access helper: which shipping accounts a person may see, book on, and see the prices of.

Everything that belongs to an account is asked for through here, so that another's object is a 404 everywhere.
"""

from collections.abc import Collection
from typing import Any, Literal, TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import Grant, Role, ShippingAccount, User

Right = Literal["view", "prices", "book", "approve", "manage"]
Person = User | AbstractBaseUser | AnonymousUser
M = TypeVar("M", bound=Model)

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({"view", "prices"}),
    Role.BOOKER: frozenset({"view", "prices", "book"}),
    Role.BOOKER_NO_PRICES: frozenset({"view", "book"}),
    Role.APPROVER: frozenset({"view", "prices", "approve"}),
    Role.MANAGER: frozenset({"view", "prices", "book", "approve", "manage"}),
}


def roles_with(right: Right) -> list[Role]:
    return [role for role, rights in RIGHTS.items() if right in rights]


def accounts_for(user: Person, right: Right = "view") -> QuerySet[ShippingAccount]:
    """The accounts on which this person has that right now. A superuser has every right on all of them; who comes with
    an API key that names accounts, on those only.
    """
    accounts = ShippingAccount.objects.all()
    if not isinstance(user, User) or not user.is_active:
        return accounts.none()
    if user.limited_to is not None:
        accounts = accounts.filter(pk__in=user.limited_to)
    if user.is_superuser:
        return accounts
    granted = Grant.objects.filter(
        Q(user=user) | Q(group__in=user.groups.all()),
        Q(until=None) | Q(until__gte=timezone.localdate()),
        account=OuterRef("pk"),
        role__in=roles_with(right),
    )
    return accounts.filter(Exists(granted))


def may(user: Person, account: ShippingAccount, right: Right = "view") -> bool:
    return accounts_for(user, right).filter(pk=account.pk).exists()


def is_admin(user: Person) -> bool:
    """Who sees and does what belongs to no account. A key that names accounts opens nothing of that."""
    return isinstance(user, User) and user.is_active and user.is_superuser and user.limited_to is None


def books_somewhere(user: Person) -> bool:
    """Whether a new shipment may be offered at all. A superuser hears of missing accounts on its page."""
    return isinstance(user, User) and user.is_active and (user.is_superuser or accounts_for(user, "book").exists())


def visible(queryset: QuerySet[M], user: Person, right: Right = "view", *, through: str = "account") -> QuerySet[M]:
    """The rows whose account this person may see. `through` leads from the row to its account."""
    if is_admin(user):
        return queryset
    return queryset.filter(**{f"{through}__in": accounts_for(user, right)})


def get_or_404(queryset: QuerySet[M], user: Person, right: Right = "view", *, through: str = "account", **at: Any) -> M:
    """One row, or Http404: the same for what does not exist and for what is another's."""
    return get_object_or_404(visible(queryset, user, right, through=through), **at)


def sees_prices(user: Person, account: ShippingAccount) -> bool:
    return may(user, account, "prices")


def accounts_with_prices(user: Person) -> Collection[Any]:
    """The ids of the accounts whose prices this person may see, for lists."""
    return frozenset(accounts_for(user, "prices").values_list("pk", flat=True))
