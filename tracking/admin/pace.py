"""How soon each parcel is looked at again: one table, a row for each state."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse

from accounts.admin.base import Trailed
from accounts.admin.site import site
from bexportal.formats import NOTHING, span
from tracking.models import LookRule

if TYPE_CHECKING:
    RuleForm = forms.ModelForm[LookRule]
else:
    RuleForm = forms.ModelForm
COLUMNS = (
    "wait_minutes", "rest_minutes", "told_minutes", "quiet_hours", "quiet_minutes", "lost_days", "end_days",
)  # fmt: skip
_MINUTES = {"min_value": "At least 1 minute.", "max_value": "At most 10080 minutes, a week."}
_DAYS = {"min_value": "At least 1 day.", "max_value": "At most 365 days."}


class PaceForm(RuleForm):
    class Meta:
        model = LookRule
        fields = COLUMNS
        error_messages: ClassVar = {
            **dict.fromkeys(("wait_minutes", "rest_minutes", "told_minutes", "quiet_minutes"), _MINUTES),
            "quiet_hours": {"min_value": "At least 1 hour.", "max_value": "At most 8760 hours, a year."},
            **dict.fromkeys(("lost_days", "end_days"), _DAYS),
        }


def _lasts(field: str, unit: str, heading: str) -> Any:
    """A column that says a stretch of time as the pages do: `10 min`, `12 h`, `4 d`."""

    @admin.display(description=heading, ordering=field)
    def column(rule: LookRule) -> str:
        value = getattr(rule, field)
        return NOTHING if value is None else span(timedelta(**{unit: value}))

    return column


@admin.register(LookRule, site=site)
class LookRuleAdmin(Trailed):
    """Rows are changed only: there is one for each state, and it holds from a parcel's next look on."""

    told = COLUMNS
    form = PaceForm
    list_display = (
        "in_words",
        _lasts("wait_minutes", "minutes", "Next look after"),
        _lasts("rest_minutes", "minutes", "At rest"),
        _lasts("told_minutes", "minutes", "BEX told"),
        _lasts("quiet_hours", "hours", "Silent for"),
        _lasts("quiet_minutes", "minutes", "Then after"),
        _lasts("lost_days", "days", "Lost after"),
        _lasts("end_days", "days", "Ends after"),
    )
    list_display_links = ("in_words",)
    change_list_template = "admin/tracking/pace.html"
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

    @admin.display(description="State")
    def in_words(self, rule: LookRule) -> str:
        return str(rule)

    def get_ordering(self, request: HttpRequest) -> Any:
        """As a parcel goes through them."""
        places = [When(state=state, then=Value(place)) for place, state in enumerate(LookRule.State.values)]
        return (Case(*places, output_field=IntegerField()).asc(),)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request, {"title": "How soon a parcel is looked at again", **(extra_context or {})}
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
