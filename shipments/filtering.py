"""What may be asked of the list of waybills: account, state, days, service, text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.access import accounts_for
from accounts.models import ShippingAccount, User
from bexportal import formats
from bexportal.templatetags._states import ARRIVED, BOOKING, LATE, TRANSIT
from shipments.models import Waybill
from shipments.models.waybills import BookingState
from shipments.searching import folded

NO_EVENT = "no_event"
LATE_STATE = "late"
BOOKED_TWICE = "booked_twice"
REWEIGHED_DEARER = "reweighed_dearer"
SHOWN_STATES: dict[str, str] = {
    **{code: state.words for code, state in BOOKING.items()},
    LATE_STATE: LATE.words,
    BOOKED_TWICE: "Booked twice",
    REWEIGHED_DEARER: "Re-weighed dearer",
    **{code or NO_EVENT: state.words for code, state in TRANSIT.items()},
}
"""What the column "State" can say: booking until booked, then where the parcel is. "Booked" finds all that are."""
TIMINGS = {
    "late": "Late and not there",
    "will_be_late": "Will be late",
    "on_time": "On time so far",
    "delivered_late": "Delivered late",
    "delivered_in_time": "Delivered in time",
}
"""What became, or is to become, of the promise."""
LABELS = {
    "account": "Account", "state": "State", "timing": "Promise", "since": "From", "until": "To", "service": "Service",
    "q": "Text",
}  # fmt: skip
SENSIBLE_DAYS = [
    MinValueValidator(date(2000, 1, 1), "The year has four digits, from 2000 on."),
    MaxValueValidator(date(2999, 12, 31), "The year has four digits, up to 2999."),
]


class FilterForm(forms.Form):
    account = forms.ModelChoiceField(
        ShippingAccount.objects.none(),
        required=False,
        empty_label="All accounts",
        error_messages={"invalid_choice": "Not an account that you may see. Choose one of the list."},
    )
    state = forms.ChoiceField(
        required=False,
        choices=[("", "Any state"), *SHOWN_STATES.items()],
        error_messages={"invalid_choice": "There is no such state. Choose one of the list."},
    )
    timing = forms.ChoiceField(
        required=False,
        label="Promise",
        choices=[("", "Kept or not"), *TIMINGS.items()],
        error_messages={"invalid_choice": "There is no such choice. Choose one of the list."},
    )
    since = forms.DateField(
        required=False,
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=SENSIBLE_DAYS,
        error_messages={"invalid": "A date such as 2026-11-27 is wanted."},
    )
    until = forms.DateField(
        required=False,
        label="To",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=SENSIBLE_DAYS,
        error_messages={"invalid": "A date such as 2026-11-27 is wanted."},
    )
    service = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    q = forms.CharField(
        required=False,
        max_length=100,
        label="Number, reference or receiver",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
        error_messages={"max_length": "At most 100 characters."},
    )

    def __init__(self, user: User, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        account = self.fields["account"]
        if isinstance(account, forms.ModelChoiceField):
            account.queryset = accounts_for(user)

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", f"It lies before {since}: the last day comes second.")
        return asked


@dataclass(frozen=True)
class Chip:
    """An active filter, and the query without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Filters:
    """What was asked, as far as it could be understood. Days are South African and count from creation."""

    asked: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, form: FilterForm) -> "Filters":
        form.is_valid()
        return cls({name: value for name, value in form.cleaned_data.items() if value})

    def without(self, name: str) -> "Filters":
        return Filters({key: value for key, value in self.asked.items() if key != name})

    def query(self, **change: str | None) -> str:
        """`account=…&q=…`, only what is set, in a fixed order. `None` takes one out."""
        values = {name: _plain(value) for name, value in self.asked.items()} | change
        return urlencode({name: value for name, value in values.items() if value})

    def chips(self) -> list[Chip]:
        today = timezone.localdate()
        return [
            Chip(f"{LABELS[name]}: {_words(name, value, today)}", self.query(**{name: None}))
            for name, value in self.asked.items()
        ]

    def apply(self, waybills: QuerySet[Waybill], now: datetime) -> QuerySet[Waybill]:
        asked = self.asked
        if "account" in asked:
            waybills = waybills.filter(account=asked["account"])
        if "state" in asked:
            waybills = waybills.filter(in_state(asked["state"], now))
        if "timing" in asked:
            waybills = waybills.filter(in_timing(asked["timing"], now))
        if "since" in asked:
            waybills = waybills.filter(created_at__gte=_midnight(asked["since"]))
        if "until" in asked:
            waybills = waybills.filter(created_at__lt=_midnight(asked["until"] + timedelta(days=1)))
        if "service" in asked:
            waybills = waybills.filter(service_code__iexact=asked["service"])
        for word in folded(asked.get("q", "")).split():
            waybills = waybills.filter(search__contains=word)
        return waybills


def in_state(code: str, now: datetime) -> Q:
    """The condition for one of SHOWN_STATES."""
    late = is_late(now)
    if code == LATE_STATE:
        return late
    if code == BOOKED_TWICE:
        return is_booked_twice()
    if code == REWEIGHED_DEARER:
        return Q(reweighed_by__gt=0)
    if code in BOOKING:
        return Q(booking_state=code)
    transit = "" if code == NO_EVENT else code
    there = Q(booking_state=BookingState.BOOKED, transit_state=transit)
    return there if transit in ARRIVED else there & ~late


def shown_state(booking: str, transit: str, *, is_late: bool) -> str:
    """Which of SHOWN_STATES a row shows."""
    if booking != BookingState.BOOKED:
        return booking
    return LATE_STATE if is_late else transit or NO_EVENT


def is_late(now: datetime) -> Q:
    """Booked, promised for a moment that has passed, and not there yet."""
    return Q(booking_state=BookingState.BOOKED, promised_by__isnull=False, promised_by__lt=now) & ~Q(
        transit_state__in=ARRIVED
    )


def in_timing(code: str, now: datetime) -> Q:
    """The condition for one of TIMINGS."""
    booked = Q(booking_state=BookingState.BOOKED)
    nothing = timedelta(0)
    delivered, ahead = booked & Q(delivered_at__isnull=False), booked & Q(delivered_at=None, promised_by__gte=now)
    conditions = {
        "late": is_late(now),
        "will_be_late": ahead & Q(late_by__gt=nothing) & ~Q(transit_state__in=ARRIVED),
        "on_time": ahead & ~Q(late_by__gt=nothing) & ~Q(transit_state__in=ARRIVED),
        "delivered_late": delivered & Q(late_by__gt=nothing),
        "delivered_in_time": delivered & Q(late_by__lte=nothing),
    }
    return conditions[code]


def is_booked_twice() -> Q:
    """BEX told two numbers for it, or its number for another one too, and nobody has settled that yet."""
    return Q(booked_twice=True)


def _words(name: str, value: Any, today: date) -> str:
    if isinstance(value, date):
        return formats.day(value, today=today)
    return {"state": SHOWN_STATES, "timing": TIMINGS}[name][value] if name in {"state", "timing"} else str(value)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _plain(value: Any) -> str:
    return str(value.pk) if isinstance(value, ShippingAccount) else str(value)
