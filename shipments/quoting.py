"""Asking BEX for prices. BEX stores no quote, so every question and what came of it is kept here, dated."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

import bexapi
from accounts import identities
from accounts.gateway import NoToken, client_for
from accounts.models import Address, ShippingAccount, User
from accounts.secrets import SecretUnreadable
from shipments import places, probing
from shipments.models import Quote, QuoteLine, QuoteOption, Waybill
from shipments.models.money import MONEY_FIELDS
from shipments.searching import folded

log = logging.getLogger(__name__)


def _longest(model: type[Quote] | type[QuoteOption], name: str) -> int:
    length: int = getattr(model._meta.get_field(name), "max_length", None) or 0
    return length


LONGEST_SEARCH = _longest(Quote, "search")
LONGEST_ID, LONGEST_NAME = _longest(QuoteOption, "service_id"), _longest(QuoteOption, "service_name")
# Names may be cut; a code that was cut would book something else.
LONGEST_CODE, LONGEST_ADD_ON = _longest(QuoteOption, "service_code"), _longest(QuoteOption, "add_on")


@dataclass(frozen=True)
class End:
    """Where a shipment starts or ends, as a person wrote it."""

    suburb: str
    area: str
    post_code: str
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    def asked(self) -> bexapi.Place | bexapi.Point:
        """As BEX is asked: coordinates win (bex-api 3)."""
        if self.latitude is not None and self.longitude is not None:
            return bexapi.Point(self.latitude, self.longitude)
        return bexapi.Place(self.suburb, self.post_code)


@dataclass(frozen=True)
class Line:
    """Several pieces of one size: sides in cm as measured, the weight in kg of each."""

    pieces: int
    length_cm: Decimal
    breadth_cm: Decimal
    height_cm: Decimal
    weight_kg: Decimal
    reference: str = ""


def total_weight_kg(lines: Sequence[Line]) -> Decimal:
    return sum((line.pieces * line.weight_kg for line in lines), Decimal(0))


def volume_cm3(lines: Sequence[Line]) -> int:
    """As BEX reckons: sides in whole centimetres, rounded up."""
    pieces = [
        bexapi.Parcel(line.length_cm, line.breadth_cm, line.height_cm, line.weight_kg)
        for line in lines
        for _ in range(line.pieces)
    ]
    return bexapi.volume_cm3(pieces)


def quote(
    *,
    account: ShippingAccount,
    by: User | None,
    dispatch_date: date,
    origin: End,
    destination: End,
    lines: Sequence[Line],
    sender: Address | None = None,
    receiver: Address | None = None,
    repeats: Quote | None = None,
    starts_from: Waybill | None = None,
) -> Quote:
    """Asks, and stores the question with its answer, refusal or failure. Never raises what BEX did: see `state`."""
    asked = _store_question(
        account=account, created_by=by, dispatch_date=dispatch_date, sender=sender, receiver=receiver, repeats=repeats,
        starts_from=starts_from,
        origin_suburb=origin.suburb, origin_area=origin.area, origin_post_code=origin.post_code,
        destination_suburb=destination.suburb, destination_area=destination.area,
        destination_post_code=destination.post_code, total_weight_kg=total_weight_kg(lines),
        volume_cm3=volume_cm3(lines), lines=lines, origin_latitude=origin.latitude, origin_longitude=origin.longitude,
        destination_latitude=destination.latitude, destination_longitude=destination.longitude,
    )  # fmt: skip
    request = bexapi.QuoteRequest(
        account_number=account.number,
        dispatch_date=dispatch_date,
        origin=origin.asked(),
        destination=destination.asked(),
        total_weight_kg=asked.total_weight_kg,
        volume_cm3=asked.volume_cm3,
    )
    try:
        reply = client_for(account.identity).quote(request)
    except bexapi.BexRejected as refusal:
        _store_failure(asked, Quote.State.REFUSED, refusal=refusal.message, failure=refusal.reason, raw=refusal.raw)
        probing.after_refused_reading(account)
    except bexapi.BexBusy as busy:
        asked.retry_at = timezone.now() + timedelta(seconds=busy.retry_after) if busy.retry_after else None
        _store_failure(asked, Quote.State.UNANSWERED, failure=busy.reason, raw=busy.raw)
    except bexapi.BexError as error:
        _store_failure(asked, Quote.State.UNANSWERED, failure=error.reason, raw=error.raw)
    except (NoToken, SecretUnreadable) as error:
        log.error("account %s cannot be quoted: %s", account.pk, error)
        _store_failure(asked, Quote.State.UNANSWERED, failure="This account's identity has to log in at BEX again")
    else:
        _store_answer(asked, reply)
        identities.record_good_call(account.identity)
        places.learn(asked)
    return asked


def price_again(quote_: Quote, by: User | None) -> Quote:
    """The same question once more, as a quote of its own."""
    return quote(
        account=quote_.account, by=by, dispatch_date=quote_.dispatch_date,
        origin=end_of(quote_, "origin"), destination=end_of(quote_, "destination"), lines=lines_of(quote_),
        sender=quote_.sender, receiver=quote_.receiver, repeats=quote_,
        starts_from=quote_.starts_from,
    )  # fmt: skip


def end_of(quote_: Quote, end: str) -> End:
    """`end`: origin or destination."""
    return End(*(getattr(quote_, f"{end}_{name}") for name in ("suburb", "area", "post_code", "latitude", "longitude")))


def lines_of(quote_: Quote) -> list[Line]:
    return [
        Line(line.pieces, line.length_cm, line.breadth_cm, line.height_cm, line.weight_kg, line.reference)
        for line in quote_.lines.all()
    ]


@transaction.atomic
def _store_question(*, lines: Sequence[Line], **values: object) -> Quote:
    asked = Quote(**values)
    asked.search = _search(asked)
    asked.save()
    QuoteLine.objects.bulk_create(
        QuoteLine(quote=asked, position=position, pieces=line.pieces, length_cm=line.length_cm,
                  breadth_cm=line.breadth_cm, height_cm=line.height_cm, weight_kg=line.weight_kg,
                  reference=line.reference)
        for position, line in enumerate(lines, 1)
    )  # fmt: skip
    return asked


def _search(asked: Quote) -> str:
    """Both ends, the account, who asked, whom it goes between. What may not fit comes last."""
    people = [address.name for address in (asked.receiver, asked.sender) if address]
    who = asked.created_by.get_full_name() or asked.created_by.get_username() if asked.created_by else ""
    parts = [
        asked.origin_suburb, asked.origin_post_code, asked.destination_suburb, asked.destination_post_code,
        asked.account.number, asked.account.name, who, *people, asked.origin_area, asked.destination_area,
    ]  # fmt: skip
    return folded(" ".join(part for part in parts if part))[:LONGEST_SEARCH]


def _store_failure(asked: Quote, state: Quote.State, *, failure: str, refusal: str = "", raw: str = "") -> None:
    asked.state, asked.failure, asked.refusal, asked.raw = state, failure[:200], refusal, raw
    asked.save(update_fields=["state", "failure", "refusal", "raw", "retry_at"])


@transaction.atomic
def _store_answer(asked: Quote, reply: bexapi.QuoteReply) -> None:
    kept = [option for option in reply.options if _fits(option)]
    if left_out := len(reply.options) - len(kept):
        log.warning("quote %s: %s options have codes that are too long to book with", asked.pk, left_out)
    if left_out and not kept:
        _store_failure(asked, Quote.State.UNANSWERED, failure="BEX named no service that can be booked", raw=reply.raw)
        return
    asked.state, asked.quoted_at = Quote.State.ANSWERED, timezone.now()
    asked.warning, asked.raw = reply.warning, reply.raw
    asked.save(update_fields=["state", "quoted_at", "warning", "raw"])
    QuoteOption.objects.bulk_create(_row(asked, place, option) for place, option in enumerate(kept, 1))


def _fits(option: bexapi.QuoteOption) -> bool:
    return len(option.service_code) <= LONGEST_CODE and len(option.add_on) <= LONGEST_ADD_ON


def _row(asked: Quote, position: int, option: bexapi.QuoteOption) -> QuoteOption:
    ends = {
        name: {"suburb": end.suburb, "city": end.city, "rate_category": end.rate_category, "hub": end.hub}
        for name, end in (("origin", option.origin), ("destination", option.destination))
    }
    return QuoteOption(
        quote=asked, position=position, service_id=option.service_id[:LONGEST_ID], service_code=option.service_code,
        service_name=option.service_name[:LONGEST_NAME], add_on=option.add_on, cut_off=option.cut_off,
        collection_from=option.collection_from, collection_until=option.collection_until,
        estimated_delivery=option.estimated_delivery, scheduled_delivery=option.scheduled_delivery,
        is_guaranteed=option.is_guaranteed, chargeable_weight_kg=option.chargeable_weight_kg, ends=ends,
        **{name: getattr(option, name) for name in MONEY_FIELDS},
    )  # fmt: skip
