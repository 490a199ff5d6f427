"""Shipping accounts: who serves them, whence they send, whether they send at all."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import shipping_accounts
from accounts.admin.account_form import SENDER_FIELDS, AccountForm
from accounts.admin.base import AccountGrants, Trailed, acting
from accounts.admin.site import site
from accounts.models import ShippingAccount


class ReasonForm(ActionForm):
    reason = forms.CharField(max_length=200, required=False, label="Reason (for a pause):")


@admin.register(ShippingAccount, site=site)
class AccountAdmin(Trailed):
    form = AccountForm
    action_form = ReasonForm
    told = ("number", "name", "identity", "business_unit", "price_tolerance_percent")
    inlines = (AccountGrants,)
    list_display = ("number", "name", "identity", "business_unit", "state", "paused_reason")
    list_filter = ("state", "identity", "business_unit")
    list_select_related = ("identity", "business_unit")
    search_fields = ("number", "name")
    readonly_fields = ("state", "paused_reason")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "number",
                    "name",
                    "identity",
                    "business_unit",
                    "price_tolerance_percent",
                    "state",
                    "paused_reason",
                )
            },
        ),
        (
            "Default sender",
            {
                "description": "Where its parcels start unless somebody says otherwise. "
                "What was booked keeps the address it was booked with.",
                "fields": SENDER_FIELDS,
            },
        ),
    )
    actions = ("pause", "resume", "archive", "bring_back")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # BEX's number is what waybills were billed to: another number is another account.
        return (*self.readonly_fields, "number") if obj else self.readonly_fields

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        widget = field.widget if field else None
        if db_field.name == "identity" and isinstance(widget, RelatedFieldWidgetWrapper):
            # An identity is added by logging in, on a page of its own.
            widget.can_add_related = widget.can_change_related = False
        return field

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # archived instead

    def save_model(self, request: HttpRequest, obj: ShippingAccount, form: Any, change: bool) -> None:
        shipping_accounts.keep_default_sender(obj, form.sender())
        super().save_model(request, obj, form, change)

    @admin.action(description="Pause: nothing is sent under it")
    def pause(self, request: HttpRequest, queryset: QuerySet[ShippingAccount]) -> None:
        reason = request.POST.get("reason", "").strip()[:200]
        if not reason:
            self.message_user(request, "Say why, in the field beside the action: it is shown to staff.", messages.ERROR)
            return
        done = sum(shipping_accounts.pause(account, reason, acting(request)) for account in queryset)
        self.message_user(request, f"Paused: {done}.")

    @admin.action(description="Resume what was paused")
    def resume(self, request: HttpRequest, queryset: QuerySet[ShippingAccount]) -> None:
        done = sum(shipping_accounts.resume(account, acting(request)) for account in queryset)
        self.message_user(request, f"Resumed: {done}.")

    @admin.action(description="Archive: nothing new, the past stays")
    def archive(self, request: HttpRequest, queryset: QuerySet[ShippingAccount]) -> None:
        done = sum(shipping_accounts.archive(account, acting(request)) for account in queryset)
        self.message_user(request, f"Archived: {done}.")

    @admin.action(description="Bring back from the archive")
    def bring_back(self, request: HttpRequest, queryset: QuerySet[ShippingAccount]) -> None:
        done = sum(shipping_accounts.bring_back(account, acting(request)) for account in queryset)
        self.message_user(request, f"Brought back: {done}.")
