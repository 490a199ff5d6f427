"""What BEX's words mean: the documented ones to read, unknown ones to be given a meaning, others to be added."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.admin.base import Trailed
from accounts.admin.site import site
from bexportal.formats import NOTHING, moment
from shipments.bell import ring
from tracking import vocabulary
from tracking.models import Wording
from tracking.models.words import KINDS
from tracking.wordings import Kind

SHOWN = 5


class MeaningFilter(admin.SimpleListFilter):
    title = "meaning"
    parameter_name = "meaning"
    CONDITIONS = {
        "unknown": Q(kind="", documented=False),
        "added": Q(documented=False) & ~Q(kind=""),
        "documented": Q(documented=True),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unknown", "Nobody said yet"), ("added", "Said by an admin"), ("documented", "Documented by BEX")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Wording]) -> QuerySet[Wording]:
        return queryset.filter(self.CONDITIONS.get(self.value() or "", Q()))


@admin.register(Wording, site=site)
class WordingAdmin(Trailed):
    told = ("text", "type_id", "kind")
    list_display = ("in_words", "meaning", "times", "last", "example")
    list_display_links = ("in_words",)
    list_filter = (MeaningFilter,)
    search_fields = ("text", "example")
    fields = ("text", "type_id", "kind")
    seen_fields = ("example", "seen", "first_seen_at", "last_seen_at", "seen_lately_on")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, *self.seen_fields) if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Another text is another wording.
        return ("text", "type_id", *self.seen_fields) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.documented)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it was said, and its count stays; without a meaning it is unknown again

    def save_model(self, request: HttpRequest, obj: Wording, form: Any, change: bool) -> None:
        vocabulary.mean(obj)
        transaction.on_commit(lambda: ring("tracking.tasks.derive_anew"))
        self.message_user(request, "What was said in these words is being read anew.", messages.SUCCESS)

    @admin.display(description="BEX’s words", ordering="text")
    def in_words(self, obj: Wording) -> str:
        return str(obj)

    @admin.display(description="Means", ordering="kind")
    def meaning(self, obj: Wording) -> str:
        return KINDS[Kind(obj.kind)] if obj.kind else "nobody said yet"

    @admin.display(description="Seen", ordering="seen")
    def times(self, obj: Wording) -> str:
        return f"{obj.seen} times" if obj.seen > 1 else "once" if obj.seen else NOTHING

    @admin.display(description="Last", ordering="last_seen_at")
    def last(self, obj: Wording) -> str:
        return moment(obj.last_seen_at, now=timezone.now())

    @admin.display(description="said lately of")
    def seen_lately_on(self, obj: Wording) -> SafeString | str:
        rows = vocabulary.seen_on(obj).select_related("waybill").order_by("-first_seen_at")[:SHOWN]
        lines = [(reverse("waybill", args=[row.waybill_id]), str(row.waybill), row.description) for row in rows]
        if not lines:
            return "–"
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}</a> {}</li>', lines))
