"""Letting somebody in again who guessed a password too often."""

from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import Q

from accounts import trail
from accounts.models import User


@transaction.atomic
def lift(user: User, by: User | str) -> bool:
    """Whether failed tries stood against the person's name or e-mail address, from any address."""
    names = Q(username__iexact=user.username)
    if user.email:
        names |= Q(username__iexact=user.email)
    counted, _ = AccessAttempt.objects.filter(names).delete()
    if counted:
        trail.record(by, "person.let-in-again", user)
    return bool(counted)
