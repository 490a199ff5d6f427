"""What the quote page starts with: nothing, an earlier quote or waybill (as it was or the way back), a receiver."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils import timezone

from accounts import access
from accounts.models import ShippingAccount, User
from shipments import address_book
from shipments.forms.quote import LINE_FIELDS, end_of, next_working_day
from shipments.models import Quote, Waybill

Initial = tuple[dict[str, Any], list[dict[str, Any]]]
EMPTY_LINE: list[dict[str, Any]] = []


def initial(user: User, asked: Mapping[str, str]) -> Initial:
    """By the query: `again` (a quote), `waybill`, `to` (an address book entry), `way=back`. Raises Http404."""
    back = asked.get("way") == "back"
    if asked.get("again"):
        quote = access.get_or_404(Quote.objects.select_related("account"), user, pk=_uuid(asked["again"]))
        found = of_quote(quote)
    elif asked.get("waybill"):
        rows = Waybill.objects.select_related("account", "sender", "receiver", "quote_option__quote")
        found = of_waybill(access.get_or_404(rows, user, pk=_uuid(asked["waybill"])))
    else:
        found = _fresh(user), EMPTY_LINE
        if asked.get("to"):
            entry = access.get_or_404(address_book.entries(user), user, pk=_uuid(asked["to"]))
            found[0].update(account=entry.account_id, **end_of("destination", entry.address))
    values, lines = found
    values["dispatch_date"] = next_working_day(timezone.now())
    return (_turned(values) if back else values), lines


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _fresh(user: User) -> dict[str, Any]:
    """The account used last, and what it usually sends from."""
    accounts = access.accounts_for(user, "book").exclude(state=ShippingAccount.State.ARCHIVED)
    last = Quote.objects.filter(created_by=user, account__in=accounts).order_by("-created_at").first()
    account = last.account if last else accounts.select_related("default_sender").first()
    if account is None:
        return {}
    sender = account.default_sender
    return {"account": account.pk, **(end_of("origin", sender) if sender else {})}


def of_quote(quote: Quote) -> Initial:
    values: dict[str, Any] = {
        "account": quote.account_id, "dispatch_date": quote.dispatch_date, "again_of": quote.starts_from_id,
    }  # fmt: skip
    for end, address in (("origin", quote.sender), ("destination", quote.receiver)):
        values |= {f"{end}_{name}": getattr(quote, f"{end}_{name}") for name in ("suburb", "area", "post_code")}
        if address is not None:
            values |= {f"{end}_name": address.name, f"{end}_address": address.pk}
    lines = [{name: _plain(getattr(line, name)) for name in LINE_FIELDS} for line in quote.lines.all()]
    return values, lines


def of_waybill(waybill: Waybill) -> Initial:
    values: dict[str, Any] = {"account": waybill.account_id, "again_of": waybill.pk}
    for end, address in (("origin", waybill.sender), ("destination", waybill.receiver)):
        values |= end_of(end, address) if address else {}
    lines: list[dict[str, Any]] = []
    for parcel in waybill.parcels.all():
        line = {name: _plain(getattr(parcel, name)) for name in LINE_FIELDS if name != "pieces"}
        same = next((known for known in lines if {**known, "pieces": 0} == {**line, "pieces": 0}), None)
        if same is None:
            lines.append({**line, "pieces": 1})
        else:
            same["pieces"] += 1
    return values, lines


def _turned(values: dict[str, Any]) -> dict[str, Any]:
    """The way back: receiver and sender change places."""
    swap = {"origin": "destination", "destination": "origin"}
    turned = {}
    for name, value in values.items():
        end, _, rest = name.partition("_")
        turned[f"{swap[end]}_{rest}" if end in swap else name] = value
    return turned


def _plain(value: Any) -> Any:
    """40, not 40.0; 4.50 stays."""
    if value is None or isinstance(value, (int, str)):
        return value
    return f"{value:f}".rstrip("0").rstrip(".") if value == value.to_integral_value() else f"{value:f}"
