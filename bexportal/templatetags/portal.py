"""Template tags and filters of the portal: `{% load portal %}`. What each gives is listed in `docs/ui.md`."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bexportal import formats
from bexportal.templatetags._fields import field_context, summary_context
from bexportal.templatetags._states import booking_context, shipment_context, transit_context

register = template.Library()


class Person(Protocol):
    def get_full_name(self) -> str: ...
    def get_username(self) -> str: ...


class Sized(Protocol):
    length_cm: Decimal | int
    breadth_cm: Decimal | int
    height_cm: Decimal | int


@register.simple_tag
def asset(path: str) -> str:
    """The URL of a static file. Where the manifest lacks it (nothing was collected yet), the plain one: an error page
    must not fail for want of its style sheet.
    """
    try:
        return static(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """One drawing of the sprite, in the size and colour of the text beside it; hidden from screen readers."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', asset("icons.svg"), name)


@register.simple_tag(takes_context=True)
def current(context: template.Context, *names: str, but: str = "") -> SafeString | str:
    """`aria-current` when the page's URL has one of these names; `waybill*` stands for every name that begins so."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = (match.url_name if match else None) or ""
    if not here or here == but or not any(_named(here, name) for name in names):
        return ""
    return SafeString('aria-current="page"' if here in names else 'aria-current="true"')


def _named(here: str, pattern: str) -> bool:
    return here.startswith(pattern[:-1]) if pattern.endswith("*") else here == pattern


@register.simple_tag
def now_iso() -> str:
    return formats.local(timezone.now()).isoformat(timespec="seconds")


# --- numbers ---------------------------------------------------------------------------------------------------------
def _or_nothing(number_in_words: Callable[[Any], str]) -> Callable[[Any], str]:
    """A template says '' for what hangs on something that is not there."""
    return lambda value: number_in_words(None if value == "" else value)


for _name in ("money", "rand", "signed_money", "signed_rand", "kg", "charged_kg", "volume_m3"):
    register.filter(_name, _or_nothing(getattr(formats, _name)))


@register.filter
def cm_size(parcel: Sized | tuple[int, int, int] | None) -> str:
    if parcel is None:
        return formats.NOTHING
    if isinstance(parcel, tuple):
        return formats.cm_size(*parcel)
    return formats.cm_size(parcel.length_cm, parcel.breadth_cm, parcel.height_cm)


# --- moments ---------------------------------------------------------------------------------------------------------
register.filter("clock", formats.clock)
register.filter("clock_s", formats.clock_s)


@register.filter
def day(when: date | None) -> str:
    return formats.day(when, today=timezone.localdate(timezone=formats.SAST))


@register.filter
def moment(when: datetime | None) -> str:
    return formats.moment(when, now=timezone.now())


@register.filter
def moment_s(when: datetime | None) -> str:
    return formats.moment_s(when, now=timezone.now())


@register.filter
def promise(when: datetime | None) -> str:
    return formats.promise(when, now=timezone.now())


@register.filter
def ago(when: datetime | None) -> str:
    return formats.ago(when, now=timezone.now())


@register.filter
def countdown(until: datetime | None) -> str:
    return formats.countdown(until, now=timezone.now())


@register.filter
def iso(when: date | None) -> str:
    if when is None:
        return ""
    return formats.local(when).isoformat(timespec="seconds") if isinstance(when, datetime) else when.isoformat()


# --- people ----------------------------------------------------------------------------------------------------------
@register.filter
def person(user: Person) -> str:
    return user.get_full_name().strip() or user.get_username()


@register.filter
def initials(user: Person) -> str:
    """`TM` of Thandi Mokoena; the first two letters where there is one name only."""
    words = person(user).split()
    letters = words[0][0] + words[-1][0] if len(words) > 1 else person(user)[:2]
    return letters.upper()


# --- states ----------------------------------------------------------------------------------------------------------
@register.inclusion_tag("_state.html")
def booking_state(state: str, reason: str = "", big: bool = False) -> dict[str, Any]:
    return {**booking_context(state, reason), "big": big}


@register.inclusion_tag("_state.html")
def transit_state(state: str, words: str = "", big: bool = False) -> dict[str, Any]:
    return {**transit_context(state, words), "big": big}


@register.inclusion_tag("_state.html")
def shipment_state(
    booking: str,
    transit: str,
    reason: str = "",
    words: str = "",
    late: str = "",
    since: datetime | None = None,
    big: bool = False,
) -> dict[str, Any]:
    """One state of a shipment. `late` is by how much (`2 h 12 min`); it wins until it is delivered or returned.
    `since`: the promise, for a page that counts on.
    """
    return {**shipment_context(booking, transit, reason=reason, words=words, late=late), "since": since, "big": big}


# --- forms -----------------------------------------------------------------------------------------------------------
@register.inclusion_tag("_field.html")
def field(bound: Any, **options: str | int | bool | Decimal) -> Mapping[str, Any]:
    return field_context(bound, options)


@register.inclusion_tag("_errors.html")
def error_summary(*forms: Any, title: str = "", keeps: bool = True) -> Mapping[str, Any]:
    """`keeps=False` where what was typed is not shown again: passwords."""
    return {**summary_context(forms, title), "keeps": keeps}
