"""Logging an identity in: what is asked for. The password goes into no page and no error."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.models import Identity


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="Password at BEX",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Used for two calls to BEX, which fetch the tokens, and kept nowhere.",
        error_messages={"required": "Type the password of this identity at BEX."},
    )


class NewIdentityForm(PasswordForm):
    label = forms.CharField(
        max_length=100,
        help_text="What it is called here, for instance Head office.",
        error_messages={"required": "Give it a label, by which staff know it."},
    )
    username = forms.CharField(
        label="User name at BEX",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type the user name that BEX knows, often an e-mail address."},
    )
    field_order = ("label", "username", "password")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        label, username = cleaned.get("label"), cleaned.get("username")
        at_bex = Identity.objects.filter(endpoint=settings.BEX_API_URL, username=username)
        if label and username and Identity.objects.filter(label=label).exclude(pk__in=at_bex).exists():
            raise ValidationError({"label": "Another identity is called that. Choose another label."})
        return cleaned
