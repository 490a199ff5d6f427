"""The price guard: an old price, or one of another shipment, is asked anew before anything is sent.

The waybill goes on where the new price is within what was agreed to (the account's tolerance above it, or the highest
total that was named) and the promise no later; else it is held and a person is asked.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from django.utils import timezone

from accounts.gateway import has_token
from accounts.models import ShippingAccount, User
from bexportal.formats import moment
from shipments import drafting, probing, quoting
from shipments.changing import Stale, decided, taking
from shipments.models import Decision, Quote, QuoteOption, Waybill
from shipments.models.waybills import HoldReason

CENT = Decimal("0.01")
ASKED_AGAIN_AFTER = timedelta(seconds=40)


def reason_to_hold(waybill: Waybill, *, is_busy: Callable[[], bool] = lambda: False) -> HoldReason | None:
    """Prices the waybill anew where it must be. What it found is stored, whatever follows from it. `is_busy`: whether
    BEX asked to wait meanwhile; then the caller does, and the waybill stays as it was.
    """
    agreed = waybill.priced_by
    if agreed is not None and still_holds(waybill, agreed):
        return HoldReason.PRICE_ROSE if _dearer(agreed, limit(waybill)) else None
    if not has_token(waybill.account.identity):
        return HoldReason.ACCOUNT_PAUSED
    quote = price(waybill)
    option = same_service(quote, waybill)
    if option is None:
        return None if is_busy() else _without_an_option(waybill, quote)
    try:
        with taking(waybill.pk, waybill.version) as priced:
            _rely_on(priced, option, agreed)
    except Stale:
        return None  # somebody changed it meanwhile: it is not sent with this version either
    return None


def _rely_on(priced: Waybill, option: QuoteOption, agreed: QuoteOption | None) -> None:
    before = priced.promised_by
    priced.priced_by = option
    priced.promised_by = option.promised_by or before
    if not priced.service_name:
        priced.service_name = option.service_name
        priced.save(update_fields=["service_name"])
    drafting.note_price(priced, option)
    decided(
        priced, Decision.Kind.REPRICED, None, total=option.total, total_before=agreed.total if agreed else None,
        note=_moved_promise(before, priced.promised_by),
    )  # fmt: skip
    if _dearer(option, limit(priced)):
        priced.hold_reason = HoldReason.PRICE_ROSE
    elif _is_later(option.promised_by, priced.consented_promise or before):
        priced.hold_reason = HoldReason.PROMISED_LATER
    if priced.hold_reason:
        decided(priced, Decision.Kind.HELD, None, note=HoldReason(priced.hold_reason).label)


def _moved_promise(before: datetime | None, now: datetime | None) -> str:
    if before is None or now is None or before == now:
        return ""
    return f"Promised {moment(before, now=timezone.now())} before, {moment(now, now=timezone.now())} now."


def _without_an_option(waybill: Waybill, quote: Quote) -> HoldReason | None:
    """BEX refused, or no longer offers the service: a person is asked. It gave no answer: asked again by itself."""
    if quote.state == Quote.State.REFUSED:
        return HoldReason.ACCOUNT_PAUSED if _access_is_refused(waybill) else HoldReason.PRICING_REFUSED
    if quote.state == Quote.State.ANSWERED:
        return HoldReason.NOT_OFFERED
    try:
        with taking(waybill.pk, waybill.version) as postponed:
            postponed.send_after = timezone.now() + ASKED_AGAIN_AFTER * (1 + random.random() / 2)
    except Stale:
        pass  # somebody changed it meanwhile: it is looked at anew
    return None


def _access_is_refused(waybill: Waybill) -> bool:
    """Whether it is the account or its token that BEX refuses; nothing was sent, so it goes on when that is mended."""
    account = ShippingAccount.objects.select_related("identity").get(pk=waybill.account_id)
    return not account.may_send or probing.after_refusal(account) is not None


def limit(waybill: Waybill) -> Decimal | None:
    """The highest total at which it is booked without asking again; None where nobody named or saw a price."""
    if waybill.max_total is not None or waybill.consented_total is None:
        return waybill.max_total
    return with_tolerance(waybill.consented_total, waybill.account)


def with_tolerance(agreed: Decimal, account: ShippingAccount) -> Decimal:
    """Always above what was agreed to first, however often it is priced again: small rises do not add up."""
    return (agreed * (1 + account.price_tolerance_percent / 100)).quantize(CENT, ROUND_DOWN)


def still_holds(waybill: Waybill, option: QuoteOption) -> bool:
    """Whether the option's price is fresh and was asked for just this shipment."""
    quote = option.quote
    if quote.is_stale or quote.account_id != waybill.account_id or quote.dispatch_date != waybill.collection_date:
        return False
    lines = lines_of(waybill)
    same_parcels = quote.total_weight_kg == quoting.total_weight_kg(lines) and quote.volume_cm3 == quoting.volume_cm3(
        lines
    )
    return same_parcels and _same_ends(waybill, quote)


def _same_ends(waybill: Waybill, quote: Quote) -> bool:
    if waybill.sender is None or waybill.receiver is None:
        return True
    told = (waybill.sender.suburb, waybill.sender.post_code, waybill.receiver.suburb, waybill.receiver.post_code)
    asked = (quote.origin_suburb, quote.origin_post_code, quote.destination_suburb, quote.destination_post_code)
    return [text.strip().casefold() for text in told] == [text.strip().casefold() for text in asked]


def price(waybill: Waybill) -> Quote:
    """A new quote for the waybill as it is. Never raises for what BEX does: see the quote's state."""
    if waybill.sender is None or waybill.receiver is None:
        raise ValueError("a waybill is priced with both its addresses")
    before = waybill.priced_by.quote if waybill.priced_by else None
    return quoting.quote(
        account=waybill.account,
        by=waybill.asked_by or waybill.created_by,
        dispatch_date=waybill.collection_date,
        origin=quoting.End(waybill.sender.suburb, waybill.sender.city, waybill.sender.post_code),
        destination=quoting.End(waybill.receiver.suburb, waybill.receiver.city, waybill.receiver.post_code),
        lines=lines_of(waybill),
        sender=waybill.sender,
        receiver=waybill.receiver,
        repeats=before,
    )


def price_of_draft(waybill: Waybill, by: User) -> Quote:
    """A new quote for a draft, whose addresses may not be complete yet: then for what was quoted before."""
    if waybill.sender is not None and waybill.receiver is not None:
        return price(waybill)
    before = waybill.priced_by
    if before is None:
        raise ValueError("a waybill without addresses and without a quote cannot be priced")
    return quoting.price_again(before.quote, by)


def asks_more(option: QuoteOption, agreed: QuoteOption) -> bool:
    """Whether the new price is dearer than the account tolerates, or the new promise later than what was agreed to."""
    agreed_to = None if agreed.total is None else with_tolerance(agreed.total, agreed.quote.account)
    return _dearer(option, agreed_to) or _is_later(option.promised_by, agreed.promised_by)


def lines_of(waybill: Waybill) -> list[quoting.Line]:
    return [
        quoting.Line(
            pieces=1,
            length_cm=parcel.length_cm,
            breadth_cm=parcel.breadth_cm,
            height_cm=parcel.height_cm,
            weight_kg=parcel.weight_kg,
            reference=parcel.reference,
        )
        for parcel in waybill.parcels.all()
    ]


def same_service(quote: Quote, waybill: Waybill) -> QuoteOption | None:
    return quote.options.filter(service_code=waybill.service_code, add_on=waybill.add_on).first()


def _dearer(option: QuoteOption, agreed: Decimal | None) -> bool:
    return option.total is None or (agreed is not None and option.total > agreed)


def _is_later(new: datetime | None, old: datetime | None) -> bool:
    return new is not None and old is not None and new > old
