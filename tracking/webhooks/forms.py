"""What admins fill in about webhooks."""

from django import forms

from bexapi.webhook_client import FILTERS

KINDS = {
    "tracking_event": "Tracking events",
    "pod": "Proofs of delivery",
    "attempted_delivery": "Attempted deliveries",
    "waybill_update": "Re-weighings",
    "waybill_note": "Notes",
}
"""The filters, in words."""


class SubscriptionForm(forms.Form):
    description = forms.CharField(
        label="What it is for",
        max_length=100,
        help_text="BEX keeps it with the registration.",
        error_messages={"required": "A few words, for instance Deliveries to the portal."},
    )
    key = forms.CharField(
        label="BEX’s webhook key",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="BEX issues it per customer. It is stored encrypted and shown nowhere.",
        error_messages={"required": "The key that BEX gave you for webhooks."},
    )
    filters = forms.MultipleChoiceField(
        label="What BEX is to tell",
        choices=[(name, KINDS[name]) for name in FILTERS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: everything.",
    )
    activate = forms.BooleanField(label="Activate it at once", required=False, initial=True)
    insist = forms.BooleanField(label="BEX can reach the portal’s address, though this machine cannot", required=False)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).strip()
        if not all("!" <= letter <= "~" for letter in key):
            raise forms.ValidationError("A key has letters, digits and signs, no spaces.")
        return key


class AttachForm(forms.Form):
    number = forms.CharField(
        label="Waybill number",
        max_length=40,
        error_messages={"required": "The number of the waybill that it belongs to."},
    )
