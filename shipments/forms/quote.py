"""The form of the quote page: account, day, both ends, parcel lines."""

import json
import uuid
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory

from accounts.access import accounts_for, visible
from accounts.models import Address, ShippingAccount, User
from bexportal.formats import SAST
from shipments import address_book, places, validation
from shipments.forms.numbers import NumberField
from shipments.models import Waybill
from shipments.quoting import End, Line

if TYPE_CHECKING:
    AccountChoice = forms.ModelChoiceField[ShippingAccount]
    LinesBase = BaseFormSet["LineForm"]
else:  # Django's own classes take no type arguments when they run
    AccountChoice = forms.ModelChoiceField
    LinesBase = BaseFormSet

ENDS = ("origin", "destination")
AFTERNOON = time(15, 0)
MOST_LINES = 50
MOST_PIECES = 100
FRIDAY = 4


def next_working_day(now: datetime) -> date:
    """Today, or from 15:00 and on weekends the next Monday to Friday."""
    local = now.astimezone(SAST)
    day = local.date() + timedelta(days=1) if local.time() >= AFTERNOON else local.date()
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return day


def end_of(end: str, address: Address) -> dict[str, str]:
    """What stands in the fields of an end for this address."""
    return {
        f"{end}_name": address.name,
        f"{end}_address": str(address.pk),
        f"{end}_suburb": address.suburb,
        f"{end}_area": address.city,
        f"{end}_post_code": address.post_code,
    }


class AccountSelect(forms.Select):
    """Each account brings its usual sender; the page fills it in while nobody wrote another."""

    def create_option(self, name: str, value: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *rest, **more)
        account = getattr(value, "instance", None)
        if account is not None and account.default_sender is not None:
            option["attrs"]["data-fill"] = json.dumps(end_of("origin", account.default_sender))
        return option


class AccountField(AccountChoice):
    def label_from_instance(self, account: Any) -> str:
        paused = "" if account.may_send else ", paused"
        return f"{account.number} {account.name} · {account.identity.label}{paused}"


class QuoteForm(forms.Form):
    dispatch_date = forms.DateField(
        label="Leaves on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "The day on which BEX collects.", "invalid": "A day, for instance 2026-11-27."},
    )
    account = AccountField(
        label="Shipping account",
        queryset=ShippingAccount.objects.none(),
        empty_label=None,
        widget=AccountSelect(attrs={"data-brings": ""}),
        error_messages={
            "required": "Choose the account that is billed.",
            "invalid_choice": "You may not book on this account; choose another.",
        },
    )

    # Shipped again: what a quote does not ask is taken from this waybill.
    again_of = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        accounts = accounts_for(user, "book").select_related("identity", "default_sender")
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = accounts.exclude(state=ShippingAccount.State.ARCHIVED)
        earlier = self.initial.get("account")
        if earlier and not field.queryset.filter(pk=earlier).exists():
            # Another account is never chosen silently.
            field.empty_label = "Choose: you may not book on the one it had"
        for end in ENDS:
            self.fields |= _end_fields(end)

    def clean_dispatch_date(self) -> date:
        return validation.collection_date(self.cleaned_data["dispatch_date"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for end in ENDS:
            name = f"{end}_post_code"
            if name not in self.errors:
                try:
                    cleaned[name] = validation.post_code(cleaned.get(name, ""))
                except ValidationError as error:
                    self.add_error(name, error)
        return cleaned

    def end(self, end: str) -> End:
        cleaned = self.cleaned_data
        return End(
            cleaned[f"{end}_suburb"], cleaned[f"{end}_area"], cleaned[f"{end}_post_code"],
            cleaned.get(f"{end}_latitude"), cleaned.get(f"{end}_longitude"),
        )  # fmt: skip

    def starts_from(self) -> Waybill | None:
        """The waybill that is shipped again, where this person may see it."""
        chosen = self.cleaned_data["again_of"]
        return visible(Waybill.objects.all(), self.user).filter(pk=chosen).first() if chosen else None

    def address(self, end: str) -> Address | None:
        """The address that was chosen from the book, while its place still stands there; else one of the typed name."""
        cleaned, place = self.cleaned_data, self.end(end)
        chosen = cleaned[f"{end}_address"]
        name = cleaned[f"{end}_name"]
        found = address_book.usable(self.user, chosen) if isinstance(chosen, uuid.UUID) else None
        if found is not None and _same(found, place) and name in ("", found.name):
            return found
        if not name:
            return None
        town = place.area or places.area_of(place.suburb, place.post_code)
        return Address.objects.create(company=name, suburb=place.suburb, city=town, post_code=place.post_code)


def _same(address: Address, place: End) -> bool:
    told = (address.suburb.casefold(), address.post_code)
    return told == (place.suburb.casefold(), place.post_code)


def _end_fields(end: str) -> dict[str, forms.Field]:
    off = {"autocomplete": "off"}
    goes = "leaves" if end == "origin" else "goes"
    return {
        f"{end}_name": forms.CharField(
            label="Sender" if end == "origin" else "Receiver",
            required=False,
            max_length=100,
            widget=forms.TextInput(attrs=off),
        ),
        f"{end}_address": forms.UUIDField(required=False, widget=forms.HiddenInput),
        f"{end}_suburb": forms.CharField(
            label="Suburb, town or post code",
            max_length=100,
            validators=[validation.readable],
            widget=forms.TextInput(attrs=off),
            error_messages={"required": f"The suburb where it {goes}."},
        ),
        f"{end}_area": forms.CharField(label="Area", required=False, max_length=100, widget=forms.TextInput(attrs=off)),
        f"{end}_post_code": forms.CharField(
            label="Post code",
            max_length=10,
            widget=forms.TextInput(attrs={**off, "inputmode": "numeric"}),
            error_messages=dict.fromkeys(("required", "max_length"), "4 digits, as BEX wants them."),
        ),
    }


def _side(label: str) -> NumberField:
    return NumberField(
        label=label,
        min_value=1,
        max_value=1000,
        max_digits=6,
        decimal_places=1,
        error_messages={
            "required": f"{label} in cm.",
            "invalid": f"{label} in cm, for instance 40.",
            "min_value": f"{label} is at least 1 cm.",
            "max_value": f"{label} is at most 1000 cm: is this in millimetres?",
            "max_decimal_places": "At most one place after the point.",
        },
    )


class LineForm(forms.Form):
    pieces = forms.IntegerField(
        label="Pieces",
        initial=1,
        min_value=1,
        max_value=MOST_PIECES,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "How many pieces.",
            "invalid": "A whole number of pieces.",
            "min_value": "At least 1 piece.",
            "max_value": f"At most {MOST_PIECES} pieces in a line.",
        },
    )
    length_cm = _side("Length")
    breadth_cm = _side("Breadth")
    height_cm = _side("Height")
    weight_kg = NumberField(
        label="Weight of each",
        min_value=0,
        max_value=5000,
        max_digits=8,
        decimal_places=2,
        error_messages={
            "required": "Weight in kg.",
            "invalid": "Weight in kg, for instance 4.50.",
            "min_value": "A weight is not negative.",
            "max_value": "At most 5000 kg: is this in grams?",
            "max_decimal_places": "At most two places after the point.",
        },
    )
    reference = forms.CharField(
        required=False,
        max_length=50,
        validators=[validation.readable],
        error_messages={"max_length": "At most 50 characters."},
    )


class _Lines(LinesBase):
    def clean(self) -> None:
        if any(self.errors):
            return
        lines = lines_of(self)
        if not lines:
            raise ValidationError("At least one parcel.")
        if sum(line.pieces * line.weight_kg for line in lines) <= 0:
            raise ValidationError("The parcels weigh nothing: write the total on the first one at least.")


def lines_of(formset: "BaseFormSet[LineForm]") -> list[Line]:
    """The lines of a formset that is valid."""
    forms_filled = [form for form in formset.forms if form.cleaned_data]
    return [Line(**{name: form.cleaned_data[name] for name in LINE_FIELDS}) for form in forms_filled]


LINE_FIELDS = ("pieces", "length_cm", "breadth_cm", "height_cm", "weight_kg", "reference")
LineFormSet = formset_factory(
    LineForm, formset=_Lines, extra=0, min_num=1, max_num=MOST_LINES, validate_max=True, absolute_max=MOST_LINES + 10
)
