"""Was it the shipment, the account or the token that BEX refused? A fixed good quote tells, not the words of a refusal.

When the account's own probe is refused, the account is paused and its waybills are held; when a second account of the
same identity is refused too, the identity is.
"""

import logging
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts import identities, trail
from accounts.gateway import NoToken, client_for
from accounts.models import Identity, ShippingAccount
from accounts.secrets import SecretUnreadable
from accounts.shipping_accounts import PROBE_REFUSED, pause
from bexapi import BexError, BexRejected, Place, QuoteRequest
from bexportal.once import first_within

log = logging.getLogger(__name__)
PROBED_AT_MOST_EVERY = 60  # seconds
ORIGIN = Place("Sandton", "2196")
DESTINATION = Place("Cape Town", "8001")
IDENTITY_REFUSED = "BEX refused trial quotes under two of its accounts: log in again"


def after_refusal(account: ShippingAccount) -> BexRejected | None:
    """Probes the account, and if that is refused another one of its identity; pauses what is shown to be refused.

    What BEX said to the account's probe; None where it was not refused.
    """
    refusal = refused(account) if account.may_send else None
    if refusal is None:
        return None
    pause(account, PROBE_REFUSED, "sending")
    others = account.identity.accounts.filter(state=ShippingAccount.State.ACTIVE).exclude(pk=account.pk)
    other = others.select_related("identity").first()
    if other is not None and refused(other):
        _pause_identity(account.identity)
    return refusal


def after_refused_reading(account: ShippingAccount) -> bool:
    """The same for a quote or a document, at most once a minute: places that BEX does not know are refused often."""
    return first_within(PROBED_AT_MOST_EVERY, f"probed:{account.pk}") and after_refusal(account) is not None


def refused(account: ShippingAccount) -> BexRejected | None:
    """What BEX says to a fixed good quote under this account that it refuses twice. No answer is no evidence."""
    return _probe(account) and _probe(account)


def _probe(account: ShippingAccount) -> BexRejected | None:
    request = QuoteRequest(
        account_number=account.number,
        dispatch_date=_next_monday(timezone.localdate()),
        origin=ORIGIN,
        destination=DESTINATION,
        total_weight_kg=Decimal(1),
        volume_cm3=1000,
    )
    try:
        client_for(account.identity).quote(request)
    except BexRejected as refusal:
        identities.record_refusal(account.identity, refusal.message)
        return refusal
    except (BexError, NoToken, SecretUnreadable) as error:
        log.warning("account %s could not be probed (%s)", account.pk, type(error).__name__)
    return None


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def _pause_identity(identity: Identity) -> None:
    with transaction.atomic():
        running = Identity.objects.filter(pk=identity.pk, paused_at=None)
        if running.update(paused_at=timezone.now(), paused_reason=IDENTITY_REFUSED):
            trail.record("sending", "identity.paused", identity, reason=IDENTITY_REFUSED)
