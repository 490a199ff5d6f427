"""The price guard: an old price, or one of another shipment, is asked anew before anything is sent.

The waybill goes on where the new price is within what was agreed to (the account's tolerance above it, or the highest
total that was named) and the promise no later; else it is held and a person is asked.
"""

from decimal import ROUND_DOWN, Decimal

from accounts.models import ShippingAccount, User
from shipments import drafting, quoting
from shipments.changing import Stale, taking
from shipments.models import Quote, QuoteOption, Waybill
from shipments.models.waybills import HoldReason

CENT = Decimal("0.01")


def reason_to_hold(waybill: Waybill) -> HoldReason | None:
    """Prices the waybill anew where it must be. What it found is stored, whatever follows from it."""
    agreed = waybill.priced_by
    if agreed is not None and still_holds(waybill, agreed):
        return HoldReason.PRICE_ROSE if _dearer(agreed, limit(waybill)) else None
    quote = price(waybill)
    option = same_service(quote, waybill)
    if option is None:
        return HoldReason.QUOTE_STALE
    try:
        with taking(waybill.pk, waybill.version) as priced:
            priced.priced_by = option
            priced.promised_by = option.promised_by or priced.promised_by
            drafting.note_price(priced, option)
            if _dearer(option, limit(priced)):
                priced.hold_reason = HoldReason.PRICE_ROSE
            elif agreed is not None and _later(option, agreed):
                priced.hold_reason = HoldReason.PROMISED_LATER
    except Stale:
        return None  # somebody changed it meanwhile: it is not sent with this version either
    return None


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
    return _dearer(option, agreed_to) or _later(option, agreed)


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


def _later(option: QuoteOption, agreed: QuoteOption) -> bool:
    new, old = option.promised_by, agreed.promised_by
    return new is not None and old is not None and new > old
