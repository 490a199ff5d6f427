"""Tasks of the installation itself."""

from typing import Any

from celery import shared_task

from accounts import pacing
from bexportal import tallies
from bexportal.health import beat_is_alive


@shared_task(bind=True)
def heartbeat(self: Any) -> None:
    """Says that beat rings and a worker answers; throws old records away."""
    beat_is_alive(self.request.hostname or "")
    pacing.forget_old_calls()
    tallies.fold()
