"""`{% load journeys %}`: the journey of a waybill for a page."""

from collections.abc import Iterable

from django import template
from django.utils import timezone

from shipments.models import Waybill
from tracking.journey import Journey, journey
from tracking.models import Event

register = template.Library()


@register.simple_tag
def journey_of(waybill: Waybill, events: Iterable[Event]) -> Journey:
    """`{% journey_of waybill events as journey %}`: its lines and what is said about looking again."""
    return journey(waybill, events, timezone.now())
