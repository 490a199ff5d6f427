"""The form of the book page: both ends in full, references, instructions, insurance."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Address
from accounts.models.address import BUSINESS_FIELDS
from shipments import places, validation
from shipments.drafting import Content
from shipments.forms.numbers import NumberField
from shipments.models import Waybill

MOST_REFERENCES = 10
LONGEST_REFERENCE = 50
INSTRUCTIONS_LENGTH = 200
LABELS = {
    "company": "Company",
    "floor_building": "Floor or building",
    "street": "Street",
    "suburb": "Suburb",
    "city": "Town or city",
    "post_code": "Post code",
    "province": "Province",
    "contact_name": "Contact",
    "mobile": "Mobile",
    "telephone": "Telephone",
    "email": "E-mail",
}
REQUIRED = {
    "sender": {
        "floor_building": "BEX needs it; write - where there is none.",
        "street": "Street and number, where the parcel is collected.",
        "suburb": "The suburb where the parcel is collected.",
        "city": "The town or city where the parcel is collected.",
        "post_code": "4 digits, as BEX wants them.",
    },
    "receiver": {
        "street": "Street and number, where the parcel is delivered.",
        "suburb": "The suburb where the parcel is delivered.",
        "city": "The town or city where the parcel is delivered.",
    },
}
ENDS = ("sender", "receiver")
LENGTHS = {field.name: field.max_length for field in Address._meta.fields if field.name in BUSINESS_FIELDS}


class BookForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    collection_date = forms.DateField(
        label="Leaves on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "The day on which BEX collects.", "invalid": "A day, for instance 2026-11-27."},
    )
    senders_ref = forms.CharField(
        label="Sender’s reference",
        required=False,
        max_length=50,
        validators=[validation.readable],
        error_messages={"max_length": "At most 50 characters."},
    )
    references = forms.CharField(
        label="Further references",
        required=False,
        validators=[validation.readable],
        widget=forms.Textarea(attrs={"rows": 2, "class": "short"}),
        help_text="One per line.",
    )
    instructions = forms.CharField(
        label="Instructions for the courier",
        required=False,
        max_length=INSTRUCTIONS_LENGTH,
        validators=[validation.readable],
        widget=forms.Textarea(attrs={"rows": 2, "class": "short"}),
        error_messages={"max_length": f"At most {INSTRUCTIONS_LENGTH} characters; BEX prints them on the waybill."},
        help_text=f"At most {INSTRUCTIONS_LENGTH} characters. BEX prints them on the waybill.",
    )
    insurance_value = NumberField(
        label="Insure the goods for",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        help_text="Empty: no insurance. BEX tells the premium after booking; it comes on top of the price.",
        error_messages={
            "invalid": "An amount in rand, for instance 84000.00.",
            "min_value": "An amount above zero; empty for no insurance.",
            "max_decimal_places": "At most two places after the point.",
            "max_digits": "Below 10 000 000 000 rand, with at most two places after the point.",
            "max_whole_digits": "Below 10 000 000 000 rand.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for end in ENDS:
            for name in BUSINESS_FIELDS:
                self.fields[f"{end}_{name}"] = _address_field(end, name)

    def clean_collection_date(self) -> Any:
        return validation.collection_date(self.cleaned_data["collection_date"])

    def clean_references(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["references"].splitlines() if line.strip()]
        if len(lines) > MOST_REFERENCES:
            raise ValidationError(f"{len(lines)} references; at most {MOST_REFERENCES}.")
        long = next((line for line in lines if len(line) > LONGEST_REFERENCE), None)
        if long:
            raise ValidationError(f"“{long[:20]}…” is longer than {LONGEST_REFERENCE} characters.")
        return lines

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for end in ENDS:
            if not cleaned.get(f"{end}_company") and not cleaned.get(f"{end}_contact_name"):
                self.add_error(f"{end}_company", "A company or a contact, so that the driver knows whom to ask for.")
            self._check(f"{end}_post_code", validation.post_code)
            self._check(f"{end}_mobile", lambda text: validation.telephone(text, mobile=True))
            self._check(f"{end}_telephone", validation.telephone)
        return cleaned

    def _check(self, name: str, rule: Any) -> None:
        if name not in self.errors:
            try:
                self.cleaned_data[name] = rule(self.cleaned_data.get(name, ""))
            except ValidationError as error:
                self.add_error(name, error)

    def content(self) -> Content:
        """What was filled in; only of a valid form."""
        cleaned = self.cleaned_data
        return Content(
            collection_date=cleaned["collection_date"],
            sender={name: cleaned[f"sender_{name}"] for name in BUSINESS_FIELDS},
            receiver={name: cleaned[f"receiver_{name}"] for name in BUSINESS_FIELDS},
            senders_ref=cleaned["senders_ref"],
            references=cleaned["references"],
            instructions=cleaned["instructions"],
            insurance_value=cleaned["insurance_value"],
        )

    def is_nameless(self, end: str) -> bool:
        """Neither a company nor a contact stands there, and BEX needs one of them."""
        return not (self[f"{end}_company"].value() or self[f"{end}_contact_name"].value())

    def lacks(self, end: str) -> bool:
        """Whether something that BEX requires of this end is empty."""
        return self.is_nameless(end) or any(one.field.required and not one.value() for one in self.fields_of(end))

    def fields_of(self, end: str) -> list[forms.BoundField]:
        return [self[f"{end}_{name}"] for name in BUSINESS_FIELDS]


def _address_field(end: str, name: str) -> forms.Field:
    needed = REQUIRED[end].get(name, "")
    length = LENGTHS[name]
    messages = {"required": needed, "max_length": f"At most {length} characters."}
    if name == "email":
        return forms.EmailField(
            label=LABELS[name],
            required=False,
            max_length=length,
            error_messages=messages | {"invalid": "An e-mail address, for instance dispatch@example.co.za."},
        )
    attrs = {"autocomplete": "off"}
    if name in {"mobile", "telephone"}:
        attrs["inputmode"] = "tel"
    return forms.CharField(
        label=LABELS[name],
        required=bool(needed),
        max_length=length,
        validators=[validation.readable],
        error_messages=messages,
        widget=forms.TextInput(attrs=attrs),
    )


def initial_of(waybill: Waybill) -> dict[str, Any]:
    """What is known already: from the draft, its addresses, or the quote that it came from."""
    initial: dict[str, Any] = {
        "version": waybill.version,
        "collection_date": waybill.collection_date,
        "senders_ref": waybill.senders_ref,
        "references": "\n".join(waybill.references),
        "instructions": waybill.instructions,
        "insurance_value": waybill.insurance_value,
    }
    for end in ENDS:
        for name, value in _known(waybill, end).items():
            initial[f"{end}_{name}"] = value
    return initial


def _known(waybill: Waybill, end: str) -> Mapping[str, str]:
    address: Address | None = getattr(waybill, end)
    option = waybill.quote_option
    began = "origin" if end == "sender" else "destination"
    told = option.ends.get(began, {}).get("city", "") if option else ""  # as BEX has it
    if address is not None:
        values = address.values()
        return {**values, "city": values["city"] or _town(values["suburb"], values["post_code"], told)}
    if option is None:
        return {}
    suburb, area, code = (getattr(option.quote, f"{began}_{name}") for name in ("suburb", "area", "post_code"))
    return {"suburb": suburb, "city": area or _town(suburb, code, told), "post_code": code}


def _town(suburb: str, post_code: str, told: str) -> str:
    return places.area_of(suburb, post_code) or told
