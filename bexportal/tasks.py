"""Tasks of the installation itself."""

from celery import shared_task

from bexportal.health import beat_is_alive


@shared_task
def heartbeat() -> None:
    """Says that beat rings and a worker answers."""
    beat_is_alive()
