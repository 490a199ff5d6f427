"""At most BEX_CONCURRENCY calls at a time to one endpoint, over all processes and hosts.

A permit is a row that is taken by a conditional update. Whoever is killed with one leaves it behind; it comes back
when its lease ends.
"""

import random
import secrets

from django.conf import settings
from django.db.models import Count, Q

from accounts import leases
from accounts.models import Permit


def take(endpoint: str, most: int) -> tuple[str, int]:
    """Up to so many permits: who holds them, and how many there were to be had."""
    holder = secrets.token_hex(16)
    rows = Permit.objects.filter(endpoint=endpoint)
    known = list(rows.filter(_free()).values_list("pk", "number", "holder"))
    if not known and rows.count() < settings.BEX_CONCURRENCY:
        _make(endpoint)
        known = list(rows.filter(_free()).values_list("pk", "number", "holder"))
    free = [(pk, before) for pk, number, before in known if number <= settings.BEX_CONCURRENCY]
    random.shuffle(free)  # so that those who look at once do not all want the same one
    taken = 0
    for pk, before in free:
        if taken == most:
            break
        same = Permit.objects.filter(pk=pk, holder=before)
        taken += same.update(holder=holder, **leases.beginning_now())
    return holder, taken


def keep(holder: str) -> bool:
    """The lease begins anew. False where it ended and somebody else took a permit."""
    return bool(Permit.objects.filter(holder=holder).update(**leases.beginning_now()))


def give_back(holder: str) -> None:
    Permit.objects.filter(holder=holder).update(holder="")


def held(endpoint: str) -> int:
    """How many calls are running now."""
    return Permit.objects.filter(endpoint=endpoint).exclude(_free()).count()


def running() -> dict[str, int]:
    """How many calls are running now, by endpoint: one query."""
    held_now = Permit.objects.exclude(_free()).values_list("endpoint").annotate(Count("pk")).order_by()
    return dict(held_now)


def _free() -> Q:
    return Q(holder="") | leases.ended()


def _make(endpoint: str) -> None:
    numbers = range(1, settings.BEX_CONCURRENCY + 1)
    Permit.objects.bulk_create((Permit(endpoint=endpoint, number=number) for number in numbers), ignore_conflicts=True)
