"""The address book fills itself: an address that was booked with is completed from then on, most used first."""

import hashlib
import uuid
from collections.abc import Mapping

from django.db.models import Case, F, QuerySet, When
from django.utils import timezone

from accounts.access import Person, accounts_for, visible
from accounts.models import Address, ShippingAccount, User
from shipments.models import AddressBookEntry, Quote, Waybill
from shipments.searching import folded

End = AddressBookEntry.End


def remember(account: ShippingAccount, end: str, address: Address) -> AddressBookEntry:
    """Counts one more use; the same address, written the same way, is one entry."""
    _remember(account, {end: address})
    return AddressBookEntry.objects.get(account=account, end=end, fingerprint=_fingerprint(address.values()))


def _remember(account: ShippingAccount, ends: Mapping[str, Address]) -> None:
    now = timezone.now()
    wanted = {(end, _fingerprint(address.values())): address for end, address in ends.items()}
    rows = AddressBookEntry.objects.filter(account=account, fingerprint__in=[print_ for _, print_ in wanted])
    known = {(end, print_): pk for pk, end, print_ in rows.values_list("pk", "end", "fingerprint")}
    for (end, print_), address in wanted.items():
        if (end, print_) not in known:
            values = {"address": address, "search": _search(address.values()), "uses": 1, "last_used_at": now}
            entry, made = AddressBookEntry.objects.get_or_create(
                account=account, end=end, fingerprint=print_, defaults=values
            )
            if not made:
                known[end, print_] = entry.pk
    used = [pk for key, pk in known.items() if key in wanted]
    if used:
        AddressBookEntry.objects.filter(pk__in=used).update(uses=F("uses") + 1, last_used_at=now)


def remember_ends(waybill: Waybill) -> None:
    found = Address.objects.in_bulk([pk for pk in (waybill.sender_id, waybill.receiver_id) if pk is not None])
    ends = {End.SENDER: found.get(waybill.sender_id), End.RECEIVER: found.get(waybill.receiver_id)}
    _remember(waybill.account, {end: address for end, address in ends.items() if address is not None})


def entries(user: Person, *, end: str = "", text: str = "") -> QuerySet[AddressBookEntry]:
    """What this person may see, most used first. Each typed word occurs in it."""
    found = visible(AddressBookEntry.objects.select_related("address", "account"), user)
    if end:
        found = found.filter(end=end)
    for word in folded(text).split()[:6]:
        found = found.filter(search__contains=word)
    return found.order_by("-uses", "-last_used_at", "pk")


def search(
    user: Person, account: ShippingAccount | None, end: str, text: str, limit: int = 8
) -> list[AddressBookEntry]:
    """For completion: one line for each address, the account's own before those of other accounts."""
    elsewhere = Case(When(account=account, then=0), default=1)
    found = entries(user, end=end, text=text).order_by(elsewhere, "-uses", "-last_used_at", "pk")[: limit * 3]
    once: dict[str, AddressBookEntry] = {}
    for entry in found:
        once.setdefault(entry.fingerprint, entry)
    return list(once.values())[:limit]


def usable(user: User, pk: uuid.UUID) -> Address | None:
    """The address, where this person may use it: from the book, an account's sender, a quote or a waybill of theirs."""
    accounts = accounts_for(user)
    known = (
        AddressBookEntry.objects.filter(account__in=accounts, address=pk).exists()
        or accounts.filter(default_sender=pk).exists()
        or Waybill.objects.filter(account__in=accounts, sender=pk).exists()
        or Waybill.objects.filter(account__in=accounts, receiver=pk).exists()
        or Quote.objects.filter(account__in=accounts, sender=pk).exists()
        or Quote.objects.filter(account__in=accounts, receiver=pk).exists()
    )
    return Address.objects.filter(pk=pk).first() if known else None


def _fingerprint(values: dict[str, str]) -> str:
    return hashlib.sha256("\n".join(folded(value) for value in values.values()).encode()).hexdigest()


def _search(values: dict[str, str]) -> str:
    names = ("company", "contact_name", "suburb", "city", "post_code", "street")
    return "\n".join(folded(values[name]) for name in names if values[name])[:600]
