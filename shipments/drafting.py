"""Drafts: made from an option of a quote, filled in by a person, not sent by anything here."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Address, User
from shipments.changing import NotNow, taking
from shipments.models import Parcel, Price, Quote, QuoteOption, Waybill
from shipments.models.money import MONEY_FIELDS
from shipments.models.waybills import BookingState
from shipments.quoting import Line, lines_of
from shipments.searching import search_text

OPEN_TO_CHANGES = (BookingState.DRAFT, BookingState.REJECTED, BookingState.HELD)


@dataclass(frozen=True)
class Content:
    """What a person says of a shipment. `sender` and `receiver`: fields of Address by name."""

    collection_date: date
    sender: Mapping[str, str]
    receiver: Mapping[str, str]
    senders_ref: str = ""
    references: Sequence[str] = ()
    instructions: str = ""
    insurance_value: Decimal | None = None
    lines: Sequence[Line] | None = field(default=None)  # None: the parcels stay as they are


@transaction.atomic
def draft_from_option(option: QuoteOption, by: User, copy_number: int = 0) -> Waybill:
    """The draft of this option: made at the first call, found again by the back button and the second tab."""
    quote = option.quote
    waybill, made = Waybill.objects.get_or_create(
        quote_option=option,
        copy_number=copy_number,
        defaults={
            "account": quote.account,
            "endpoint": quote.account.endpoint,
            "created_by": by,
            "priced_by": option,
            "service_code": option.service_code,
            "service_name": option.service_name,
            "add_on": option.add_on,
            "collection_date": quote.dispatch_date,
            "promised_by": option.promised_by,
            "sender": _sender(quote),
            "receiver": quote.receiver,
            **_carried(quote),
        },
    )
    if made:
        _store_parcels(waybill, lines_of(quote))
        note_price(waybill, option)
        waybill.search = search_text(waybill)
        waybill.save(update_fields=["search"])
    elif waybill.booking_state == BookingState.ABANDONED and not waybill.attempts.exists():
        with taking(waybill.pk) as waybill:  # a discarded draft that is chosen again
            waybill.abandoned_at = None
    return waybill


def _sender(quote: Quote) -> Address | None:
    """The address that was chosen, else the account's own where the parcel leaves from there."""
    default = quote.account.default_sender
    if quote.sender is not None or default is None:
        return quote.sender
    same = (default.suburb.casefold(), default.post_code) == (quote.origin_suburb.casefold(), quote.origin_post_code)
    return default if same else None


def _carried(quote: Quote) -> dict[str, Any]:
    """What a quote does not ask, as it was on the waybill that is shipped again. The sender's reference names one
    shipment only; instructions are about the place where it goes.
    """
    before = quote.starts_from
    if before is None:
        return {}
    carried: dict[str, Any] = {"insurance_value": before.insurance_value, "references": list(before.references)}
    to = before.receiver
    goes_there = to is not None and (to.suburb.casefold(), to.post_code) == (
        quote.destination_suburb.casefold(), quote.destination_post_code,
    )  # fmt: skip
    return carried | ({"instructions": before.instructions} if goes_there else {})


def make(waybill: Waybill, content: Content) -> Waybill:
    """Stores a new waybill with all that was said of it."""
    _fill(waybill, content)
    waybill.search = search_text(waybill)
    waybill.save(force_insert=True)
    _store_parcels(waybill, content.lines or ())
    if waybill.priced_by is not None:
        _quoted_price(waybill, waybill.priced_by).save(force_insert=True)
    return waybill


def save_content(pk: uuid.UUID, version: int, content: Content) -> Waybill:
    """Stores what was filled in. Raises Stale, and NotNow for a waybill that is being sent or is booked."""
    with taking(pk, version) as waybill:
        if waybill.booking_state not in OPEN_TO_CHANGES:
            raise NotNow("It can be changed only before it is sent.")
        _fill(waybill, content)
        waybill.save(
            update_fields=[
                "sender", "receiver", "collection_date", "senders_ref", "references", "instructions", "insurance_value",
            ]
        )  # fmt: skip
        if content.lines is not None:
            waybill.parcels.all().delete()
            _store_parcels(waybill, content.lines)
        waybill.search = search_text(waybill)
    return waybill


def _fill(waybill: Waybill, content: Content) -> None:
    waybill.sender = _address(waybill.sender, content.sender)
    waybill.receiver = _address(waybill.receiver, content.receiver)
    waybill.collection_date = content.collection_date
    waybill.senders_ref = content.senders_ref
    waybill.references = list(content.references)
    waybill.instructions = content.instructions
    waybill.insurance_value = content.insurance_value


def rely_on(pk: uuid.UUID, version: int, option: QuoteOption) -> Waybill:
    """The draft goes on with another price of the same shipment."""
    with taking(pk, version) as waybill:
        if waybill.booking_state not in OPEN_TO_CHANGES:
            raise NotNow("It can be priced again only before it is sent.")
        waybill.priced_by = option
        waybill.promised_by = option.promised_by or waybill.promised_by
        note_price(waybill, option)
    return waybill


def note_price(waybill: Waybill, option: QuoteOption) -> None:
    """Once for each option: told twice it is one price."""
    Price.objects.bulk_create([_quoted_price(waybill, option)], ignore_conflicts=True)


def _quoted_price(waybill: Waybill, option: QuoteOption) -> Price:
    money = {name: getattr(option, name) for name in MONEY_FIELDS}
    at = option.quote.quoted_at or option.quote.created_at
    return Price(waybill=waybill, kind=Price.Kind.QUOTED, source=str(option.pk), at=at, **money)


def _store_parcels(waybill: Waybill, lines: Sequence[Line]) -> None:
    pieces = [line for line in lines for _ in range(line.pieces)]
    Parcel.objects.bulk_create(
        Parcel(
            waybill=waybill,
            position=position,
            length_cm=line.length_cm,
            breadth_cm=line.breadth_cm,
            height_cm=line.height_cm,
            weight_kg=line.weight_kg,
            reference=line.reference,
        )
        for position, line in enumerate(pieces, 1)
    )


def _address(now: Address | None, values: Mapping[str, str]) -> Address:
    """Rows of addresses are never edited: another one where anything differs."""
    if now is not None and all(getattr(now, name) == value for name, value in values.items()):
        return now
    return Address.objects.create(**values)
