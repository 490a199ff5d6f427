"""What is kept of a sweep: that it came to its end, what it did, and what went wrong."""

from django.db import transaction
from django.utils import timezone

from bexportal import failures, tallies
from bexportal.models import Heartbeat
from tracking.waves import SyncResult

SWEEP = "sweep"
"""The name of the heartbeat that says when a sweep last came to its end."""
GOOD_SWEEP = "good sweep"
"""And of the one that says so of a sweep in which BEX was asked something and answered all of it."""


def keep(result: SyncResult) -> None:
    with transaction.atomic():
        Heartbeat.objects.update_or_create(name=SWEEP, defaults={"at": timezone.now(), "detail": str(result)})
        tallies.add(tallies.SWEEPS)
        tallies.add(tallies.SWEEP_CALLS, amount=result.calls)
        tallies.add(tallies.PARCELS, "news", result.changed)
        tallies.add(tallies.PARCELS, "unanswered", result.failed)
        tallies.add(tallies.PARCELS, "same", result.parcels - result.changed - result.failed)
        if result.failed or result.left_alone:
            failures.note(failures.SWEEP, str(result))
        elif result.parcels:
            Heartbeat.objects.update_or_create(name=GOOD_SWEEP, defaults={"at": timezone.now(), "detail": str(result)})
