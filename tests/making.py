"""Rows for tests, made as the verbs would leave them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Address, ShippingAccount, User
from shipments.models import Parcel, Quote, QuoteLine, QuoteOption, Waybill

SENDER = {
    "company": "Rooibok Trading", "floor_building": "Unit 4", "street": "12 Protea Road", "suburb": "Sandton",
    "city": "Johannesburg", "post_code": "2196", "contact_name": "Thandi Mokoena", "mobile": "0821234567",
}  # fmt: skip
RECEIVER = {
    "company": "O'Brien & Söhne #5 + 3%", "street": "7 Dorp Street", "suburb": "Stellenbosch", "city": "Stellenbosch",
    "post_code": "7600", "contact_name": "Anneke Botha", "mobile": "0837654321", "email": "anneke@obrien.example",
}  # fmt: skip


def coming_monday(ahead: int = 7) -> date:
    day = timezone.localdate() + timedelta(days=ahead)
    return day + timedelta(days=-day.weekday() % 7)


def make_quote(account: ShippingAccount, user: User, **more: Any) -> Quote:
    quote = Quote.objects.create(
        account=account, created_by=user, quoted_at=timezone.now(), state=Quote.State.ANSWERED,
        dispatch_date=coming_monday(), origin_suburb="Sandton", origin_area="Johannesburg", origin_post_code="2196",
        destination_suburb="Stellenbosch", destination_area="Stellenbosch", destination_post_code="7600",
        total_weight_kg=Decimal("4.50"), volume_cm3=36000, **more,
    )  # fmt: skip
    QuoteLine.objects.create(
        quote=quote, position=1, pieces=1, length_cm=40, breadth_cm=30, height_cm=30, weight_kg=Decimal("4.50")
    )
    return quote


def make_option(
    quote: Quote, *, code: str = "ONC", total: str = "230.00", position: int = 1, **more: Any
) -> QuoteOption:
    values: dict[str, Any] = {
        "service_name": "Overnight courier", "is_guaranteed": True, "chargeable_weight_kg": Decimal(5),
        "scheduled_delivery": timezone.now() + timedelta(days=8), "base_rate": Decimal("150.00"),
        "fuel": Decimal("30.00"), "insurance": Decimal(0), "other_surcharges": Decimal("20.00"),
        "surcharges_total": Decimal("50.00"), "subtotal": Decimal("200.00"), "vat": Decimal("30.00"),
    }  # fmt: skip
    return QuoteOption.objects.create(
        quote=quote, position=position, service_code=code, total=Decimal(total), **{**values, **more}
    )


def make_waybill(account: ShippingAccount, user: User, *, option: QuoteOption | None = None, **more: Any) -> Waybill:
    """A complete draft, from a fresh quote."""
    option = option or make_option(make_quote(account, user))
    waybill = Waybill.objects.create(
        account=account, endpoint=account.endpoint, created_by=user, quote_option=option, priced_by=option,
        service_code=option.service_code, service_name=option.service_name,
        collection_date=option.quote.dispatch_date, promised_by=option.promised_by,
        sender=Address.objects.create(**SENDER), receiver=Address.objects.create(**RECEIVER), **more,
    )  # fmt: skip
    Parcel.objects.create(
        waybill=waybill, position=1, length_cm=40, breadth_cm=30, height_cm=30, weight_kg=Decimal("4.50")
    )
    return waybill
