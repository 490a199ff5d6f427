"""What a person fills in beside a decision: BEX's number, whom they spoke to, what was said."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from shipments.validation import WAYBILL_NUMBER

OFF = {"autocomplete": "off"}


class CallForm(forms.Form):
    """A telephone call to BEX. Whether one is needed is the decision's to say."""

    spoke_to = forms.CharField(
        label="Whom you spoke to at BEX", max_length=100, required=False, widget=forms.TextInput(attrs=OFF)
    )
    note = forms.CharField(label="What was said", max_length=500, required=False, widget=forms.TextInput(attrs=OFF))


class NumberForm(CallForm):
    number = forms.CharField(
        label="Waybill number",
        max_length=40,
        widget=forms.TextInput(attrs={**OFF, "placeholder": "ACP00000145"}),
        validators=[RegexValidator(WAYBILL_NUMBER, "Letters, digits and dashes, for instance ACP00000145.")],
        error_messages={"required": "The number that BEX gave, for instance ACP00000145."},
    )
    on_their_word = forms.BooleanField(required=False, label="Take it on BEX’s word")


class BookAgainForm(CallForm):
    accept = forms.BooleanField(
        label="I asked BEX, or I accept that it may be booked twice",
        error_messages={"required": "Tick that you asked BEX, or that you accept that it may be booked twice."},
    )


class ConsentForm(forms.Form):
    total = forms.DecimalField(
        widget=forms.HiddenInput, min_value=0, max_digits=12, decimal_places=2,
        error_messages={"required": "There is no price to agree to."},
    )  # fmt: skip


FORMS: dict[str, type[forms.Form]] = {
    "number": NumberForm,
    "book-again": BookAgainForm,
    "abandon": CallForm,
    "cancel": CallForm,
    "consent": ConsentForm,
}


def form_for(decision: str, posted: Any = None) -> forms.Form:
    """The decision's form, with ids of its own: several stand on one page."""
    return FORMS.get(decision, forms.Form)(posted, auto_id=f"{decision}_%s")
