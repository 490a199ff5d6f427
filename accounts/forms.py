"""What a person fills in about an API key."""

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import api_keys
from accounts.access import accounts_for
from accounts.models import Scope, ShippingAccount, User

if TYPE_CHECKING:
    OwnerChoice = forms.ModelChoiceField[User]
    AccountChoices = forms.ModelMultipleChoiceField[ShippingAccount]
else:  # Django's own classes take no type arguments when they run
    OwnerChoice = forms.ModelChoiceField
    AccountChoices = forms.ModelMultipleChoiceField


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label="What uses it",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "ERP"}),
        error_messages={"required": "A name by which you will know it, for instance ERP."},
    )
    owner = OwnerChoice(label="In whose name", queryset=User.objects.none(), empty_label=None)
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "At least one; without any it opens nothing."},
    )
    accounts = AccountChoices(
        label="On which accounts",
        queryset=ShippingAccount.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: on all that its owner may use, later ones included.",
    )
    last_day = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "A day, for instance 2027-01-31."},
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = User.objects.filter(pk=user.pk)
        if user.is_superuser:
            owners |= User.objects.filter(is_service=True, is_active=True)
        owner, accounts, scopes = self.fields["owner"], self.fields["accounts"], self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)  # noqa: S101 - declared above
        if not user.is_superuser:
            scopes.choices = [choice for choice in Scope.choices if choice[0] != Scope.WEBHOOKS]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101 - declared above
        assert isinstance(accounts, forms.ModelMultipleChoiceField)  # noqa: S101
        owner.queryset, owner.initial = owners.order_by("username"), user.pk
        accounts.queryset = accounts_for(user).exclude(state=ShippingAccount.State.ARCHIVED)

    def clean_last_day(self) -> date | None:
        day: date | None = self.cleaned_data["last_day"]
        if day and day < timezone.localdate():
            raise ValidationError("This day has passed: the key would open nothing.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        owner, accounts = cleaned.get("owner"), cleaned.get("accounts")
        if owner and accounts:
            usable = set(accounts_for(owner).values_list("pk", flat=True))
            missing = [account.number for account in accounts if account.pk not in usable]
            if missing:
                self.add_error("accounts", f"{owner} has no grant on {', '.join(missing)}.")
        why_not = api_keys.why_no_webhooks(owner, cleaned.get("scopes", ()), accounts or ()) if owner else ""
        if why_not:
            self.add_error("scopes", why_not)
        return cleaned

    def expires_at(self) -> datetime | None:
        day = self.cleaned_data["last_day"]
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None
