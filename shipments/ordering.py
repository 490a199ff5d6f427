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
from django.db.models import Max, Q

from accounts.models import ShippingAccount, User
from shipments import booking, drafting
from shipments.changing import NotNow, Stale, taking
from shipments.models import IdempotencyKey, QuoteOption, Waybill
from shipments.models.waybills import BookingState, HoldReason


class KeyReused(Exception):
    """The key stands for another body."""


class Unchanged(Exception):
    """The correction says what BEX has refused already."""


@dataclass(eq=False)
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


def order_digest(order: Order) -> str:
    """The same for the same shipment, however its numbers and telephones are written."""
    said = {**vars(order), **vars(order.content), "account": order.account.pk, "content": None, "allow_duplicate": None}
    said["option"] = order.option.pk if order.option else None
    said["lines"] = [vars(line) for line in order.content.lines or ()]
    plain = json.dumps(said, sort_keys=True, default=_plain)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: object) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def place(order: Order, by: User, digest: str, body: str) -> tuple[Waybill, bool]:
    """The waybill, asked for, and whether this call made it. Raises KeyReused, InUse, NotNow; then nothing
    was stored.
    """
    try:
        return _place(order, by, digest, body), True
    except IntegrityError:  # another call with this key, or another waybill of this option, was faster
        first = known(digest, body)
        if first is not None:
            return first, False
    return _place(order, by, digest, body), True


@transaction.atomic
def _place(order: Order, by: User, digest: str, body: str) -> Waybill:
    _one_at_a_time(order)
    waybill = _make(order, by)
    IdempotencyKey.objects.create(
        owner=by, digest=digest, body_digest=body, last_body_digest=order_digest(order), waybill=waybill
    )
    if not order.allow_duplicate:
        _refuse_duplicates(waybill, by)
    return booking.ask(waybill.pk, by, waybill.version, at_most=order.max_total)


def _one_at_a_time(order: Order) -> None:
    """Whoever else books this sender's reference, or this option, waits until this transaction has ended. On SQLite
    every writer waits for every other.
    """
    if connection.vendor != "postgresql":
        return
    content, option = order.content, order.option
    wanted = [f"senders_ref {order.account.endpoint} {content.senders_ref.casefold()}"] if content.senders_ref else []
    wanted += [f"quote_option {option.pk}"] if option else []
    with connection.cursor() as cursor:
        for name in sorted(wanted):  # always in one order: two of them never wait for each other
            number = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], signed=True)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def correct(waybill: Waybill, order: Order, by: User, version: int) -> Waybill:
    """A new attempt of a waybill that BEX refused, or that is held, with what was put right.

    Raises Stale, NotNow, InUse, Unchanged; then nothing was stored.
    """
    with transaction.atomic():
        _one_at_a_time(order)
        # Held by this transaction from here on: of several corrections one is made, and the others learn that it moved.
        present = Waybill.objects.select_for_update().get(pk=waybill.pk)
        if present.version != version:
            raise Stale
        said, rows = order_digest(order), IdempotencyKey.objects.filter(waybill=present)
        _may_be_corrected(present, unchanged=rows.filter(last_body_digest=said).exists())
        if order.option is not None and not order.allow_duplicate:
            _refuse_option_in_use(order.option, except_for=present)
        saved = drafting.save_content(present.pk, version, order.content)
        if not order.allow_duplicate:
            _refuse_duplicates(saved, by)
        with taking(saved.pk, saved.version) as taken:
            if (taken.service_code, taken.add_on) != (order.service_code, order.add_on) or order.option is not None:
                _choose(taken, order)
                taken.save(update_fields=["service_code", "service_name", "add_on"])
                if order.option is not None:
                    drafting.note_price(taken, order.option)
        rows.update(last_body_digest=said)
        return booking.ask(taken.pk, by, taken.version, at_most=order.max_total)


FOR_PEOPLE = (HoldReason.EVIDENCE, HoldReason.RESTORED)
"""Something may be booked already: a person looks before anything is sent."""
FOR_WHAT_WAS_SAID = (
    HoldReason.PRICING_REFUSED, HoldReason.NOT_OFFERED, HoldReason.PRICE_ROSE, HoldReason.PROMISED_LATER,
)  # fmt: skip
REFUSED_ACCESS = (401, 403, 404)
"""BEX looked at the token or the address, and at no shipment: the same may be sent again."""


def _may_be_corrected(waybill: Waybill, *, unchanged: bool) -> None:
    """Raises NotNow, Unchanged."""
    if waybill.booking_state == BookingState.HELD:
        if waybill.hold_reason in FOR_PEOPLE:
            raise NotNow(f"It is held for a person to decide: {waybill.get_hold_reason_display().lower()}.")
        if unchanged and waybill.hold_reason in FOR_WHAT_WAS_SAID:
            raise Unchanged
        return
    if waybill.booking_state == BookingState.DRAFT:
        raise NotNow("It is a draft, or somebody took it back: people decide about it, in the pages.")
    if waybill.booking_state != BookingState.REJECTED:
        raise NotNow("Only what was refused or is held is corrected; what is booked or unknown is not sent again.")
    last = waybill.attempts.last()
    if unchanged and (last is None or last.status not in REFUSED_ACCESS):
        raise Unchanged


def _make(order: Order, by: User) -> Waybill:
    waybill = Waybill(
        account=order.account, endpoint=order.account.endpoint, created_by=by,
        created_with=by.acts_with,
        collection_date=order.content.collection_date, copy_number=_copy_number(order),
    )  # fmt: skip
    waybill.quote_option = order.option
    _choose(waybill, order)
    return drafting.make(waybill, order.content)


def _choose(waybill: Waybill, order: Order) -> None:
    option = order.option
    waybill.service_code, waybill.add_on = order.service_code, order.add_on
    waybill.service_name = option.service_name if option else ""
    waybill.priced_by = option
    waybill.promised_by = option.promised_by if option else None


def _copy_number(order: Order) -> int:
    """The option's first waybill, or the next one where a second is wanted. Raises InUse."""
    if order.option is None:
        return 0
    if not order.allow_duplicate:
        _refuse_option_in_use(order.option)
    last = Waybill.objects.filter(quote_option=order.option).aggregate(last=Max("copy_number"))["last"]
    return 0 if last is None else int(last) + 1


def _refuse_option_in_use(option: QuoteOption, *, except_for: Waybill | None = None) -> None:
    """Also where another waybill came to it by a correction. Raises InUse."""
    made = Waybill.objects.filter(Q(quote_option=option) | Q(priced_by=option)).order_by("copy_number", "created_at")
    first = made.exclude(pk=except_for.pk).first() if except_for else made.first()
    if first is not None:
        raise InUse("quote_option", first, first.booking_state)


def _refuse_duplicates(waybill: Waybill, by: User) -> None:
    for other in booking.duplicates_of(waybill, by):
        raise InUse("senders_ref", other.waybill, other.state)
