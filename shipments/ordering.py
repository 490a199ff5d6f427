"""What another system asks for in one call: a waybill, and its booking, once under its Idempotency-Key.

The key is committed with the waybill and the wish to book it, in one transaction. The same key with the same body finds
that waybill again in whatever state it is by then, also while the first call is still running and after a crash.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from accounts.models import ShippingAccount, User
from shipments import booking, drafting
from shipments.changing import NotNow, Stale, taking
from shipments.models import IdempotencyKey, QuoteOption, Waybill
from shipments.models.waybills import BookingState


class KeyReused(Exception):
    """The key stands for another body."""


class Unchanged(Exception):
    """The correction says what BEX has refused already."""


@dataclass(frozen=True)
class InUse(Exception):
    """The sender's reference, or the option, has a waybill already; None where the person may not see it."""

    what: str
    waybill: Waybill | None
    state: str


@dataclass(frozen=True)
class Order:
    """A shipment in full. `max_total`: the highest price agreed to; None with an option: the option's."""

    account: ShippingAccount
    content: drafting.Content
    service_code: str
    add_on: str = ""
    option: QuoteOption | None = None
    max_total: Decimal | None = None
    allow_duplicate: bool = False


def digest_of(owner: User, key: str) -> str:
    return hashlib.sha256(f"{owner.pk}\n{key}".encode()).hexdigest()


def body_digest(body: Mapping[str, Any]) -> str:
    """The same for the same JSON, whatever the order of its names and its white space."""
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def known(digest: str, body: str) -> Waybill | None:
    """The waybill that this key stands for. Raises KeyReused where its body was another."""
    row = IdempotencyKey.objects.filter(digest=digest).first()
    if row is None:
        return None
    if row.body_digest and row.body_digest != body:
        raise KeyReused
    return Waybill.objects.get(pk=row.waybill_id)


def place(order: Order, by: User, digest: str, body: str, *, meant: str = "") -> tuple[Waybill, bool]:
    """The waybill, asked for, and whether this call made it. `meant`: the digest of what the body means, with which a
    correction is compared. Raises KeyReused, InUse, NotNow; then nothing was stored.
    """
    try:
        with transaction.atomic():
            waybill = _make(order, by)
            IdempotencyKey.objects.create(
                owner=by, digest=digest, body_digest=body, last_body_digest=meant or body, waybill=waybill
            )
            if not order.allow_duplicate:
                _refuse_duplicates(waybill, by)
            return booking.ask(waybill.pk, by, waybill.version, at_most=order.max_total), True
    except IntegrityError:
        first = known(digest, body)
        if first is None:
            raise
        return first, False


def correct(waybill: Waybill, order: Order, by: User, version: int, body: str) -> Waybill:
    """A new attempt of a refused or held waybill, with what was put right. `body`: the digest of what it means.
    Raises Stale, NotNow, InUse, Unchanged.
    """
    with transaction.atomic():
        # Held first: of several corrections at once one is made, and the others learn that it moved.
        if Waybill.objects.select_for_update().values_list("version", flat=True).get(pk=waybill.pk) != version:
            raise Stale
        if waybill.booking_state not in drafting.OPEN_TO_CHANGES:
            raise NotNow("Only what was refused or is held is corrected; what is booked or unknown is not sent again.")
        rows = IdempotencyKey.objects.filter(waybill=waybill)
        if waybill.booking_state == BookingState.REJECTED and rows.filter(last_body_digest=body).exists():
            raise Unchanged
        saved = drafting.save_content(waybill.pk, version, order.content)
        if not order.allow_duplicate:
            _refuse_duplicates(saved, by)
            _refuse_used_option(saved, order)
        with taking(saved.pk, saved.version) as taken:
            if (taken.service_code, taken.add_on) != (order.service_code, order.add_on) or order.option is not None:
                _choose(taken, order)
                taken.save(update_fields=["service_code", "service_name", "add_on"])
        rows.update(last_body_digest=body)
        return booking.ask(taken.pk, by, taken.version, at_most=order.max_total)


def _make(order: Order, by: User) -> Waybill:
    waybill = Waybill(
        account=order.account, endpoint=order.account.endpoint, created_by=by,
        collection_date=order.content.collection_date, copy_number=_copy_number(order, by),
    )  # fmt: skip
    waybill.quote_option = order.option
    _choose(waybill, order)
    waybill.save(force_insert=True)
    return drafting.save_content(waybill.pk, waybill.version, order.content)


def _choose(waybill: Waybill, order: Order) -> None:
    option = order.option
    waybill.service_code, waybill.add_on = order.service_code, order.add_on
    waybill.service_name = option.service_name if option else ""
    waybill.priced_by = option
    waybill.promised_by = option.promised_by if option else None


def _copy_number(order: Order, by: User) -> int:
    """The option's first waybill, or the next one where a second is wanted. Raises InUse."""
    if order.option is None:
        return 0
    made = Waybill.objects.filter(quote_option=order.option)
    first = made.order_by("copy_number").first()
    if first is None:
        return 0
    if not order.allow_duplicate:
        raise InUse("quote_option", first, first.booking_state)
    return int(made.aggregate(last=Max("copy_number"))["last"]) + 1


def _refuse_used_option(waybill: Waybill, order: Order) -> None:
    if order.option is not None:
        other = Waybill.objects.filter(quote_option=order.option).exclude(pk=waybill.pk).first()
        if other is not None:
            raise InUse("quote_option", other, other.booking_state)


def _refuse_duplicates(waybill: Waybill, by: User) -> None:
    """Two that carry the same reference at the same moment take turns: the second one sees the first."""
    if waybill.senders_ref and connection.vendor == "postgresql":
        place_in_line = hashlib.sha256(f"{waybill.endpoint}\n{waybill.senders_ref.casefold()}".encode()).digest()[:8]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(place_in_line, signed=True)])
    for other in booking.duplicates_of(waybill, by):
        raise InUse("senders_ref", other.waybill, other.state)
