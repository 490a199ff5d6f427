"""How soon each parcel is looked at again: one table, a row for each state."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.base import Trailed
from accounts.admin.site import site
from tracking.models import LookRule

COLUMNS = (
    "wait_minutes", "rest_minutes", "told_minutes", "quiet_hours", "quiet_minutes", "lost_days", "end_days",
)  # fmt: skip


@admin.register(LookRule, site=site)
class LookRuleAdmin(Trailed):
    """Rows are changed only: there is one for each state, and it holds from a parcel's next look on."""

    told = COLUMNS
    list_display = ("__str__", *COLUMNS)
    list_display_links = ("__str__",)
    ordering = ("wait_minutes", "state")
    fieldsets = (
        (
            None,
            {
                "description": "Where several waits hold, the longest does. A rest is from 20:00 to 06:00, and all of "
                "a Sunday or of a South African public holiday; it ends with the next working morning.",
                "fields": COLUMNS,
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
