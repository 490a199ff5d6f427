"""People, groups and business units."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts import api_keys, lockouts
from accounts.admin.base import (
    AnyUserAdmin,
    AnyUserChangeForm,
    AnyUserCreationForm,
    GrantsHeld,
    Trailed,
    acting,
)
from accounts.admin.site import site
from accounts.models import ApiKey, BusinessUnit, User


class NewPersonForm(AnyUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name", "is_superuser", "is_service")
        field_classes = {"username": UsernameField}


class PersonForm(AnyUserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"username": UsernameField}
        widgets = {"groups": forms.CheckboxSelectMultiple}


@admin.register(User, site=site)
class PersonAdmin(Trailed, AnyUserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    told = ("username", "is_active", "is_superuser", "is_service", "groups")
    inlines = (GrantsHeld,)
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "is_service", "groups")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "email", "first_name", "last_name")}),
        (
            "Access",
            {
                "description": "A superuser sees every account and reaches these pages. "
                "Everybody else sees the accounts that are granted below, directly or by a group.",
                "fields": ("is_active", "is_superuser", "is_service", "groups"),
            },
        ),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "first_name", "last_name", "is_superuser", "is_service")}),
        ("Password", {"fields": ("usable_password", "password1", "password2")}),
    )
    actions = ("let_in_again",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody locks himself out, so that one superuser is always left."""
        given = super().get_readonly_fields(request, obj)
        return (*given, "is_active", "is_superuser") if obj == request.user else given

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj != request.user and super().has_delete_permission(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    @admin.action(description="Let in again after too many wrong passwords")
    def let_in_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            lifted = lockouts.lift(user, acting(request))
            self.message_user(
                request,
                f"{user} may try again at once." if lifted else f"No wrong passwords stood against {user}.",
                messages.SUCCESS if lifted else messages.INFO,
            )


@admin.register(ApiKey, site=site)
class ApiKeyAdmin(Trailed):
    """Looked at and revoked here; made where the key can be shown: in the portal or at the shell."""

    list_display = ("name", "prefix", "owner", "state", "last_used_at", "expires_at")
    search_fields = ("name", "prefix", "owner__username")
    list_select_related = ("owner",)
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description="Revoke: they open nothing from now on", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        ended = sum(api_keys.revoke(key, acting(request)) for key in queryset.select_related("owner"))
        self.message_user(request, f"{ended} revoked.", messages.SUCCESS if ended else messages.INFO)


@admin.register(Group, site=site)
class PortalGroupAdmin(Trailed, GroupAdmin):
    fields = ("name",)
    filter_horizontal = ()
    told = ("name",)
    inlines = (GrantsHeld,)


@admin.register(BusinessUnit, site=site)
class BusinessUnitAdmin(Trailed):
    told = ("name",)
    search_fields = ("name",)
