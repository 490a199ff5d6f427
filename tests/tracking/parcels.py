"""Words of the tests about parcels under way."""

from collections.abc import Callable
from datetime import UTC, datetime

from shipments.models import Waybill

NOON = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
"""12:00 in South Africa."""
Book = Callable[..., Waybill]


def fresh(waybill: Waybill) -> Waybill:
    return Waybill.objects.get(pk=waybill.pk)


def told(waybill: Waybill) -> list[str]:
    """What the events say, newest first."""
    return list(waybill.events.values_list("description", flat=True))
