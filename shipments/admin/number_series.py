"""Ranges of waybill numbers that BEX gave: what is left, and why a number of them is on no waybill."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from accounts.admin.base import Trailed, acting
from accounts.admin.site import site
from shipments import own_numbers
from shipments.models import NumberSeries

FIXED = ("account", "prefix", "digits", "first", "last")


@admin.register(NumberSeries, site=site)
class NumberSeriesAdmin(Trailed):
    told = (*FIXED, "warn_below", "note")
    list_display = ("__str__", "account", "next_number", "numbers_left", "warn_below", "ended_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("prefix", "account__number", "account__name")
    fields = (*FIXED, "warn_below", "note", "next_number", "numbers_left", "ended_at", "gaps")
    readonly_fields = ("next_number", "numbers_left", "ended_at", "gaps")
    actions = ("end",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else (*FIXED, "warn_below", "note")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Numbers of it may be out already: another range is another series.
        return (*FIXED, *self.readonly_fields) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # ended instead

    def save_model(self, request: HttpRequest, obj: NumberSeries, form: Any, change: bool) -> None:
        if change:
            # Only what a person may change: a worker takes a number from this row at any moment.
            obj.save(update_fields=["warn_below", "note"])
            return
        obj.next, obj.created_by = obj.first, acting(request)
        super().save_model(request, obj, form, change)

    @admin.display(description="next number")
    def next_number(self, obj: NumberSeries) -> str:
        return obj.number(obj.next) if obj.left else "–"

    @admin.display(description="numbers left")
    def numbers_left(self, obj: NumberSeries) -> int:
        return obj.left

    @admin.display(description="taken, and on no waybill")
    def gaps(self, obj: NumberSeries) -> str:
        found = own_numbers.gaps(obj)
        if not found:
            return "None."
        rows = ((gap.number, reverse("waybill", args=[gap.attempt.waybill_id]), gap.why) for gap in found)
        return format_html("<ul>{}</ul>", format_html_join("", '<li>{} <a href="{}">waybill</a> {}</li>', rows))

    @admin.action(description="End: nothing more is taken from it")
    def end(self, request: HttpRequest, queryset: QuerySet[NumberSeries]) -> None:
        done = sum(own_numbers.end(series, acting(request)) for series in queryset.select_related("account"))
        self.message_user(request, f"Ended: {done}.", messages.SUCCESS)
