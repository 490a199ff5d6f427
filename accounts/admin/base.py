"""What every page of the admins shares: each change leaves an entry in the trail, in the same transaction."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import trail
from accounts.models import Grant, User

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyStackedInline = admin.StackedInline[Any, Any]
    AnyUserAdmin = UserAdmin[User]
    AnyUserCreationForm = AdminUserCreationForm[User]
    AnyUserChangeForm = UserChangeForm[User]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyStackedInline = admin.StackedInline
    AnyUserAdmin = UserAdmin
    AnyUserCreationForm = AdminUserCreationForm
    AnyUserChangeForm = UserChangeForm


def acting(request: HttpRequest) -> User:
    """The admin at work; the site lets nobody else in."""
    assert isinstance(request.user, User)  # noqa: S101 - PortalAdminSite.has_permission
    return request.user


class Trailed(AnyModelAdmin):
    """`told` names the fields whose values may stand in the trail; of all others it says only that they changed."""

    told: tuple[str, ...] = ()

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Iterable[Any], add: bool = False
    ) -> Any:
        message: list[Any] = super().construct_change_message(request, form, formsets, add)
        values = {name: _before_and_after(form, name) for name in form.changed_data if name in self.told}
        if values and message:
            next(iter(message[0].values()))["values"] = values
        return message

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self.record(request, "added", obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        if message:
            self.record(request, "changed", obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            self.record(request, "deleted", obj)
        return super().log_deletions(request, queryset)

    def record(self, request: HttpRequest, what: str, obj: Model, message: Any = None) -> None:
        detail = {"changes": message} if message else {}
        trail.record(acting(request), f"{_short_name(obj)}.{what}", obj, **detail)


class GrantInline(AnyStackedInline):
    model = Grant
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("account", "user", "group")


class AccountGrants(GrantInline):
    fields = ("user", "group", "role", "until")


class GrantsHeld(GrantInline):
    """On a person's or a group's page."""

    fields = ("account", "role", "until")


def _before_and_after(form: Any, name: str) -> list[str]:
    field, before = form.fields[name], form.initial.get(name)
    if type(field) is forms.ModelChoiceField and field.queryset is not None and before:
        before = field.queryset.filter(pk=before).first()
    return [_in_words(before), _in_words(form.cleaned_data.get(name))]


def _in_words(value: Any) -> str:
    if isinstance(value, (list, tuple, QuerySet)):
        return ", ".join(sorted(map(str, value)))
    return "" if value is None else str(value)


def _short_name(obj: Model) -> str:
    names = {"shippingaccount": "account", "businessunit": "business-unit", "user": "person"}
    model = obj._meta.model_name or ""
    return names.get(model, "group" if isinstance(obj, Group) else model)
