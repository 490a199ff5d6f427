"""The trail, to be read, and grants in one list."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.base import AnyModelAdmin, Trailed
from accounts.admin.site import site
from accounts.models import Grant, TrailEntry


@admin.register(Grant, site=site)
class GrantAdmin(Trailed):
    told = ("account", "user", "group", "role", "until")
    list_display = ("account", "user", "group", "role", "until")
    list_filter = ("role", "account")
    list_select_related = ("account", "user", "group")
    search_fields = ("user__username", "group__name", "account__name", "account__number")
    fields = ("account", "user", "group", "role", "until")


@admin.register(TrailEntry, site=site)
class TrailAdmin(AnyModelAdmin):
    list_display = ("at", "actor_text", "action", "object_text", "request_id")
    list_filter = ("action",)
    search_fields = ("actor_text", "action", "object_text", "object_id", "request_id")
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
