"""Grants: given and taken, with a line in the trail."""

from datetime import date

from django.db import transaction

from accounts import trail
from accounts.models import Grant, Role, ShippingAccount, User


@transaction.atomic
def grant(*, user: User, account: ShippingAccount, role: Role, until: date | None, by: User | str) -> Grant:
    """The grant, new or with a new end; one that is there already as asked for is left alone."""
    given, added = Grant.objects.get_or_create(user=user, account=account, role=role, defaults={"until": until})
    if added or given.until != until:
        given.until = until
        given.save(update_fields=["until"])
        trail.record(by, "grant.given", account, to=user.username, role=role, until=str(until or ""))
    return given


@transaction.atomic
def revoke(*, user: User, account: ShippingAccount, role: Role | None, by: User | str) -> int:
    """Ends a role, or all of them. How many there were."""
    grants = Grant.objects.filter(user=user, account=account)
    ended, _ = (grants.filter(role=role) if role else grants).delete()
    if ended:
        trail.record(by, "grant.ended", account, to=user.username, role=role or "all")
    return ended
