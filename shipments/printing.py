"""Who had which document opened, for the trail of a waybill."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from shipments.models import Printing, Waybill

NOTED_AT_MOST_EVERY = timedelta(minutes=1)


def note_printed(waybills: Iterable[Waybill], kind: str, by: User) -> None:
    """Viewers of PDFs ask several times: one line a minute for each person, and for each of their API keys."""
    chosen = {waybill.pk: waybill for waybill in waybills}
    lately = Printing.objects.filter(
        waybill__in=chosen, kind=kind, by=by, key=by.acts_with, at__gt=timezone.now() - NOTED_AT_MOST_EVERY
    ).values_list("waybill_id", flat=True)
    noted = set(lately)
    Printing.objects.bulk_create(
        Printing(waybill=waybill, kind=kind, by=by, key=by.acts_with)
        for pk, waybill in chosen.items()
        if pk not in noted
    )
