"""A shipping account with its default sender typed in place."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import Address, Identity, ShippingAccount
from accounts.models.address import BUSINESS_FIELDS

PREFIX = "sender_"
SENDER_FIELDS = tuple(PREFIX + name for name in BUSINESS_FIELDS)


def _sender_fields() -> dict[str, forms.Field]:
    made = forms.fields_for_model(Address, fields=BUSINESS_FIELDS)
    for field in made.values():
        field.required = False
    return {PREFIX + name: field for name, field in made.items()}


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ShippingAccount
        fields = ("number", "name", "identity", "business_unit", "price_tolerance_percent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = Identity.objects.filter(Q(archived_at=None) | Q(pk=self.instance.identity_id))
        cast("forms.ModelChoiceField[Identity]", self.fields["identity"]).queryset = usable
        sender = self.instance.default_sender
        for name, value in (sender.values() if sender else {}).items():
            self.initial.setdefault(PREFIX + name, value)

    def sender(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(PREFIX + name) or "" for name in BUSINESS_FIELDS}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if any(self.sender().values()) and not cleaned.get("sender_suburb") and "sender_suburb" not in self.errors:
            self.add_error("sender_suburb", "A sender needs a suburb. Type it, or empty the whole address.")
        self._refuse_a_second(cleaned.get("number") or self.instance.number, cleaned.get("identity"))
        return cleaned

    def _refuse_a_second(self, number: str, identity: Identity | None) -> None:
        if identity is None:
            return
        same = ShippingAccount.objects.filter(endpoint=identity.endpoint, number=number).exclude(pk=self.instance.pk)
        if same.exists():
            words = "This account number is here already."
            if "number" not in self.fields:
                raise ValidationError(words)
            self.add_error("number", words)


# Declared like this, so that the labels and lengths are the model's.
AccountForm.base_fields.update(_sender_fields())
AccountForm.declared_fields.update(_sender_fields())
