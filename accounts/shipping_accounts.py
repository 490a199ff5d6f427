"""Shipping accounts: added, paused, resumed."""

from django.db import transaction

from accounts import trail
from accounts.models import Address, BusinessUnit, Identity, ShippingAccount, User

PROBE_REFUSED = "BEX refused a trial quote under this account"
"""Why sending paused an account by itself; a new log-in of its identity lifts it."""


@transaction.atomic
def add_account(
    *, number: str, name: str, identity: Identity, by: User | str, business_unit: str = ""
) -> tuple[ShippingAccount, bool]:
    """The account and whether it is new. One that is there already gets the name and the identity."""
    unit = BusinessUnit.objects.get_or_create(name=business_unit)[0] if business_unit else None
    account = ShippingAccount.objects.filter(endpoint=identity.endpoint, number=number).first()
    added = account is None
    account = account or ShippingAccount(number=number)
    before = None if added else (account.name, account.identity_id, account.business_unit_id)
    account.name, account.identity = name, identity
    account.business_unit = unit or account.business_unit
    if before != (account.name, account.identity_id, account.business_unit_id):
        account.save()
        trail.record(by, "account.added" if added else "account.changed", account, identity=identity.label)
    return account, added


@transaction.atomic
def pause(account: ShippingAccount, reason: str, by: User | str) -> bool:
    """Nothing is sent under it until it is resumed. False where it was not active."""
    active = ShippingAccount.objects.filter(pk=account.pk, state=ShippingAccount.State.ACTIVE)
    if not active.update(state=ShippingAccount.State.PAUSED, paused_reason=reason):
        return False
    trail.record(by, "account.paused", account, reason=reason)
    return True


@transaction.atomic
def resume(account: ShippingAccount, by: User | str) -> bool:
    paused = ShippingAccount.objects.filter(pk=account.pk, state=ShippingAccount.State.PAUSED)
    if not paused.update(state=ShippingAccount.State.ACTIVE, paused_reason=""):
        return False
    trail.record(by, "account.resumed", account)
    return True


def resume_after_login(identity: Identity, by: User | str) -> int:
    """Accounts that stood still because BEX refused the old token go on. How many."""
    paused = identity.accounts.filter(state=ShippingAccount.State.PAUSED, paused_reason=PROBE_REFUSED)
    return sum(resume(account, by) for account in paused)


@transaction.atomic
def archive(account: ShippingAccount, by: User | str) -> bool:
    """Nothing is quoted or sent under it any more; what was booked stays readable."""
    in_use = ShippingAccount.objects.filter(pk=account.pk).exclude(state=ShippingAccount.State.ARCHIVED)
    if not in_use.update(state=ShippingAccount.State.ARCHIVED, paused_reason=""):
        return False
    trail.record(by, "account.archived", account)
    return True


@transaction.atomic
def bring_back(account: ShippingAccount, by: User | str) -> bool:
    archived = ShippingAccount.objects.filter(pk=account.pk, state=ShippingAccount.State.ARCHIVED)
    if not archived.update(state=ShippingAccount.State.ACTIVE):
        return False
    trail.record(by, "account.brought-back", account)
    return True


def keep_default_sender(account: ShippingAccount, values: dict[str, str]) -> bool:
    """Whether it changed; the caller saves. Rows of addresses are never edited: a change makes a new one."""
    present = account.default_sender.values() if account.default_sender else dict.fromkeys(values, "")
    if values == present:
        return False
    account.default_sender = Address.objects.create(**values) if any(values.values()) else None
    return True
