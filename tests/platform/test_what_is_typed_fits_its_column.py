"""No form and no body takes what its column does not: PostgreSQL refuses it with an error where SQLite keeps it."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
from pydantic import BaseModel

from accounts.admin.account_form import SENDER_FIELDS
from accounts.models import Address, User
from accounts.models.address import BUSINESS_FIELDS
from bexportal.problems import Problem
from shipments.api import bodies, reading
from shipments.forms.booking import BookForm, initial_of
from shipments.models import Decision, Parcel, QuoteLine, Waybill
from tests.making import RECEIVER, coming_monday, make_waybill

OURS = ("accounts.", "shipments.", "tracking.", "bexportal.")
ENDS = ("sender", "receiver")
PLACES = ("suburb", "area", "post_code")

ADDRESSES = {f"{end}_{name}": f"accounts.Address.{name}" for end in ENDS for name in BUSINESS_FIELDS}
CALL = {"spoke_to": "shipments.Decision.spoke_to", "note": "shipments.Decision.note"}
QUOTED_ENDS = {f"{end}_{name}": f"shipments.Quote.{end}_{name}" for end in ("origin", "destination") for name in PLACES}
QUOTED_NAMES = {f"{end}_name": "accounts.Address.company" for end in ("origin", "destination")}
COORDINATES = {
    f"{end}_{name}": f"shipments.Quote.{end}_{name}"
    for end in ("origin", "destination")
    for name in ("latitude", "longitude")
}
IDENTITY = {"label": "accounts.Identity.label", "username": "accounts.Identity.username"}
# Where each form keeps what is typed; '' where it is kept in no column of that length: looked for, sealed, or a list.
KEPT_IN: dict[str, dict[str, str]] = {
    "BookForm": {
        **ADDRESSES,
        "senders_ref": "shipments.Waybill.senders_ref",
        "references": "",
        "instructions": "shipments.Waybill.instructions",
        "insurance_value": "shipments.Waybill.insurance_value",
    },
    "QuoteForm": QUOTED_ENDS | QUOTED_NAMES,
    "PlacesForm": QUOTED_ENDS | QUOTED_NAMES | COORDINATES,
    "LineForm": {
        name: f"shipments.QuoteLine.{name}"
        for name in ("pieces", "length_cm", "breadth_cm", "height_cm", "weight_kg", "reference")
    },
    "CallForm": CALL,
    "NumberForm": {**CALL, "number": "shipments.Waybill.waybill_number"},
    "BookAgainForm": CALL,
    "ConsentForm": {"total": "shipments.Decision.total"},
    "AccountForm": {
        **{name: f"accounts.Address.{name.removeprefix('sender_')}" for name in SENDER_FIELDS},
        "number": "accounts.ShippingAccount.number",
        "name": "accounts.ShippingAccount.name",
        "price_tolerance_percent": "accounts.ShippingAccount.price_tolerance_percent",
    },
    "ReasonForm": {"reason": "accounts.ShippingAccount.paused_reason"},
    "PasswordForm": {"password": ""},
    "NewIdentityForm": {**IDENTITY, "password": ""},
    "ApiKeyForm": {"name": "accounts.ApiKey.name"},
    "FilterForm": {"service": "", "q": ""},
    "LinkForm": {"email": ""},
    "SubscriptionForm": {"description": "tracking.Subscription.description", "key": ""},
    "AttachForm": {"number": ""},
}
TYPED = (forms.CharField, forms.DecimalField, forms.IntegerField)
NOT_TYPED = {"version", "action", "select_across"}


def every_form() -> Iterator[type[forms.BaseForm]]:
    """Of our packages; those that Django makes of a model alone have the model's own lengths."""
    importlib.import_module("bexportal.urls")
    waiting: list[type[forms.BaseForm]] = [forms.BaseForm]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith(OURS) and "Form" in one.__name__:
                yield one


def fields_of(one: type[forms.BaseForm]) -> dict[str, forms.Field]:
    if one.__name__ in {"QuoteForm", "PlacesForm"}:
        return one(User()).fields  # type: ignore[arg-type]
    if one.__name__ == "BookForm":
        return BookForm().fields
    found: dict[str, forms.Field] = getattr(one, "base_fields", {})
    return found


def typed_fields() -> list[tuple[str, str, forms.Field]]:
    seen = {one.__name__: one for one in every_form()}
    return [
        (name, field_name, field)
        for name, one in sorted(seen.items())
        for field_name, field in fields_of(one).items()
        if isinstance(field, TYPED) and not isinstance(field, forms.UUIDField) and field_name not in NOT_TYPED
    ]


def column(path: str) -> Any:
    app, model, name = path.split(".")
    return apps.get_model(app, model)._meta.get_field(name)


def test_every_typed_field_says_where_it_is_kept(db: None) -> None:
    unsaid = [f"{form}.{name}" for form, name, _ in typed_fields() if name not in KEPT_IN.get(form, {})]
    models_own = {"NewPersonForm", "PaceForm", "PersonForm"}
    assert [one for one in unsaid if one.partition(".")[0] not in models_own] == []


def test_no_form_takes_what_its_column_does_not(db: None) -> None:
    too_long = []
    for form, name, field in typed_fields():
        path = KEPT_IN.get(form, {}).get(name)
        if path and not fits(field, column(path)):
            too_long.append(f"{form}.{name} is wider than {path}")
    assert too_long == []


def fits(field: forms.Field, kept: Any) -> bool:
    if isinstance(kept, models.CharField):
        longest = getattr(field, "max_length", None)
        return longest is not None and kept.max_length is not None and longest <= kept.max_length
    if isinstance(kept, models.DecimalField) and isinstance(field, forms.DecimalField):
        return whole(field) <= whole(kept) and (field.decimal_places or 0) <= kept.decimal_places
    return isinstance(field, forms.IntegerField) and isinstance(field.max_value, int) and field.max_value < 2**15


def whole(field: Any) -> int:
    """Digits before the point."""
    return int(field.max_digits) - int(field.decimal_places)


@pytest.mark.django_db
@pytest.mark.parametrize("end", ENDS)
def test_an_e_mail_address_that_is_too_long_is_told_at_its_field(
    as_booker: Client, account: Any, booker: User, end: str
) -> None:
    draft = make_waybill(account, booker)
    known = {name: value for name, value in initial_of(draft).items() if value is not None}
    field = f"{end}_email"
    response = as_booker.post(reverse("waybill-book", args=[draft.pk]), {**known, "book": "1", field: long_email()})
    assert response.status_code == 422
    page = response.content.decode()
    assert f'id="id_{field}_error"' in page
    assert "At most 254 characters." in page


def long_email() -> str:
    """Well formed, 300 characters."""
    return "a" * 40 + "@" + ".".join(["b" * 63] * 4) + ".za"


def longest(info: Any) -> int:
    return next((rule.max_length for rule in info.metadata if getattr(rule, "max_length", None)), 0)


def texts(body: type[BaseModel]) -> list[str]:
    """The fields of a body that take text of a length."""
    return [name for name, info in body.model_fields.items() if longest(info) and info.annotation is str]


@pytest.mark.django_db
@pytest.mark.parametrize("name", texts(bodies.AddressIn))
def test_an_address_of_the_api_fits_or_is_refused(account: Any, booker: User, name: str) -> None:
    value = long_email()[-100:] if name == "email" else "7" * longest(bodies.AddressIn.model_fields[name])
    content = content_of(booker, receiver={**RECEIVER, name: value})
    if content is not None:
        Address(**content.receiver).clean_fields(exclude=["id"])


@pytest.mark.django_db
@pytest.mark.parametrize("name", [one for one in texts(bodies.WaybillIn) if one != "account"])
def test_a_waybill_of_the_api_fits_or_is_refused(account: Any, booker: User, name: str) -> None:
    value = "7" * longest(bodies.WaybillIn.model_fields[name])
    content = content_of(booker, **{name: value})
    if content is not None:
        written = {one: getattr(content, one) for one in ("senders_ref", "instructions") if hasattr(content, one)}
        check(Waybill, written)


@pytest.mark.django_db
def test_a_parcels_reference_of_the_api_fits_or_is_refused(account: Any, booker: User) -> None:
    parcel = {"length_cm": 40, "breadth_cm": 30, "height_cm": 20, "weight_kg": 4}
    reference = "7" * longest(bodies.ParcelIn.model_fields["reference"])
    content = content_of(booker, parcels=[{**parcel, "reference": reference}])
    for line in content.lines if content else []:
        check(QuoteLine, {"reference": line.reference})
        check(Parcel, {"reference": line.reference})


def test_what_settles_a_waybill_by_the_api_fits() -> None:
    for name, path in {"waybill_number": "waybill_number", "spoke_to": "spoke_to", "note": "note"}.items():
        kept = Decision._meta.get_field(path)
        assert isinstance(kept, models.CharField)
        assert 0 < longest(bodies.ResolutionIn.model_fields[name]) <= (kept.max_length or 0)


def check(model: type[models.Model], values: dict[str, Any]) -> None:
    for name, value in values.items():
        model._meta.get_field(name).run_validators(value)  # type: ignore[union-attr]


def content_of(user: User, **more: Any) -> Any:
    """What would be stored; None where it is refused at its place."""
    said: dict[str, Any] = {
        "account": "316085", "service_code": "ONC", "collection_date": coming_monday().isoformat(),
        "sender": {**RECEIVER, "floor_building": "-"}, "receiver": RECEIVER,
        "parcels": [{"length_cm": 40, "breadth_cm": 30, "height_cm": 20, "weight_kg": 4}],
    }  # fmt: skip
    try:
        return reading.order(user, bodies.WaybillIn(**{**said, **more})).content
    except Problem:
        return None
