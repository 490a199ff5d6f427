"""From a body to what the verbs take, by the forms of the pages: one set of rules, said at the JSON pointer."""

import re
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from accounts.access import accounts_for, sees_prices, visible
from accounts.models import ShippingAccount, User
from bexportal.problems import Problem, invalid
from shipments.api.bodies import ParcelIn, PlaceIn, QuoteIn, WaybillIn
from shipments.forms.booking import BookForm
from shipments.forms.quote import LineFormSet, QuoteForm, lines_of
from shipments.models import QuoteOption
from shipments.ordering import Order
from shipments.quoting import Line

NOTHING_DONE = "Nothing was stored and nothing was sent."
LONGEST_CODE = 20
ENDS = re.compile(r"^(origin|destination|sender|receiver)_(.+)$")


class PlacesForm(QuoteForm):
    """The quote page's form, and coordinates instead of a place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for end in ("origin", "destination"):
            for name in ("latitude", "longitude"):
                self.fields[f"{end}_{name}"] = forms.DecimalField(required=False, max_digits=9, decimal_places=6)
            if self.data.get(f"{end}_latitude") and self.data.get(f"{end}_longitude"):
                self.fields[f"{end}_suburb"].required = self.fields[f"{end}_post_code"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for end in ("origin", "destination"):
            one, other = f"{end}_latitude", f"{end}_longitude"
            given = {name for name in (one, other) if cleaned.get(name) is not None}
            if len(given) == 1:
                self.add_error(one if other in given else other, "Latitude and longitude come together.")
        return cleaned


def account_of(user: User, number: str) -> ShippingAccount:
    """The account of that number on which this key may book. Raises Problem."""
    found = list(
        accounts_for(user, "book").exclude(state=ShippingAccount.State.ARCHIVED).filter(number=number.strip())
        .select_related("identity", "default_sender")
    )  # fmt: skip
    here = [one for one in found if one.endpoint == settings.BEX_API_URL] if len(found) > 1 else found
    if not here:
        raise invalid("/account", "There is no such account, or this key may not book on it.")
    return here[0]


def quote(user: User, body: QuoteIn) -> dict[str, Any]:
    """What `quoting.quote` takes. Raises Problem with a pointer for each thing that is wrong."""
    account = account_of(user, body.account)
    data = {"account": str(account.pk), "dispatch_date": body.dispatch_date.isoformat()}
    for end, place in (("origin", body.origin), ("destination", body.destination)):
        data |= {f"{end}_{name}": _plain(value) for name, value in _place(place).items()}
    form, lines = PlacesForm(user, data), _lines(body.parcels)
    _check(form, lines)
    return {
        "account": account, "dispatch_date": form.cleaned_data["dispatch_date"], "origin": form.end("origin"),
        "destination": form.end("destination"), "lines": _parcels(lines),
    }  # fmt: skip


def order(user: User, body: WaybillIn) -> Order:
    """What `ordering.place` takes. Raises Problem."""
    account = account_of(user, body.account)
    option = _option(user, account, body)
    data = {
        "version": "0", "collection_date": body.collection_date.isoformat(), "senders_ref": body.senders_ref,
        "references": "\n".join(body.references), "instructions": body.instructions,
        "insurance_value": _plain(body.insurance_value), **_address("receiver", body.receiver.model_dump()),
    }  # fmt: skip
    if body.sender is not None:
        data |= _address("sender", body.sender.model_dump())
    elif account.default_sender is not None:
        data |= _address("sender", account.default_sender.values())
    else:
        raise invalid("/sender", "This account has no default sender, so one is needed here.")
    if body.max_total is not None and not sees_prices(user, account):
        raise invalid("/max_total", "Who may not see prices sets none: what rose is asked about.")
    form, lines = BookForm(data), _lines(body.parcels)
    _check(form, lines)
    content = form.content()
    return Order(
        account=account, content=type(content)(**{**vars(content), "lines": _parcels(lines)}),
        service_code=option.service_code if option else body.service_code,
        add_on=option.add_on if option else body.add_on, option=option, max_total=body.max_total,
        allow_duplicate=body.allow_duplicate,
    )  # fmt: skip


def _option(user: User, account: ShippingAccount, body: WaybillIn) -> QuoteOption | None:
    if body.quote_option is None:
        if not body.service_code.strip():
            raise invalid("/service_code", "A service code or an option of a quote says what is booked.")
        for name in ("service_code", "add_on"):
            if len(getattr(body, name)) > LONGEST_CODE:
                raise invalid(f"/{name}", f"Codes of services and add-ons have at most {LONGEST_CODE} characters.")
        return None
    try:
        wanted = uuid.UUID(body.quote_option)
    except ValueError:
        raise invalid("/quote_option", "This is no id of an option.") from None
    seen = visible(QuoteOption.objects.select_related("quote"), user, "book", through="quote__account")
    option = seen.filter(pk=wanted, quote__account=account).first()
    if option is None:
        raise invalid("/quote_option", "This account has no such option.")
    for name in ("service_code", "add_on"):
        said = getattr(body, name)
        if said and said != getattr(option, name):
            raise invalid(f"/{name}", f"The option is {option}; leave this out or say the same.")
    return option


def _place(place: PlaceIn) -> dict[str, Any]:
    """Six places of a degree are 11 cm."""
    said = place.model_dump()
    for name in ("latitude", "longitude"):
        if said[name] is not None:
            said[name] = round(said[name], 6)
    return said


def _address(end: str, values: Mapping[str, str]) -> dict[str, str]:
    return {f"{end}_{name}": value for name, value in values.items()}


def _lines(parcels: Iterable[ParcelIn]) -> Any:
    """A formset of the pages, of fifty lines at most; equal pieces that follow one another share a line."""
    data: dict[str, str] = {}
    rows = [{"pieces": "1", **{name: _plain(value) for name, value in one.model_dump().items()}} for one in parcels]
    for number, row in enumerate(rows):
        data |= {f"parcels-{number}-{name}": value for name, value in row.items()}
    data |= {"parcels-TOTAL_FORMS": str(len(rows)), "parcels-INITIAL_FORMS": "0"}
    formset = ApiLines(data, prefix="parcels")
    for form in formset.forms:
        form.empty_permitted = False
    return formset


ApiLines: Any = type("ApiLines", (LineFormSet,), {"max_num": 100, "absolute_max": 101})


def _parcels(lines: Any) -> list[Line]:
    return lines_of(lines)


def _check(form: forms.Form, lines: Any) -> None:
    errors = [
        {"pointer": _pointer(name), "detail": text} for name, texts in form.errors.items() for text in map(str, texts)
    ]
    for number, one in enumerate(lines.forms):
        errors += [
            {"pointer": f"/parcels/{number}/{name}", "detail": text}
            for name, texts in one.errors.items()
            for text in map(str, texts)
        ]
    errors += [{"pointer": "/parcels", "detail": str(text)} for text in lines.non_form_errors()]
    if errors:
        raise Problem("invalid", NOTHING_DONE, errors=errors)


def _pointer(name: str) -> str:
    end = ENDS.match(name)
    if end is None:
        return "" if name == "__all__" else f"/{name}"
    # "Area" of the pages is no part of a body; what is wrong with it concerns the place.
    return f"/{end[1]}" if end[2] in {"area", "name", "address"} else f"/{end[1]}/{end[2]}"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
