"""The last failure of each of the portal's parts, for who looks at the status page."""

import logging

from django.db import Error as AnyDatabaseError
from django.db import transaction
from django.utils import timezone

from bexportal import tallies
from bexportal.models import Heartbeat

log = logging.getLogger(__name__)
FAILED = "failed "
SWEEP = "sweep"


def note(part: str, words: str) -> None:
    """`part`: a name of few letters. `words`: for admins, without a secret and without anybody's name."""
    Heartbeat.objects.update_or_create(
        name=f"{FAILED}{part}"[:40], defaults={"at": timezone.now(), "detail": words[:200]}
    )


def note_task(task: str, error: BaseException | None) -> None:
    """A task that ended with an exception; only its class is kept. A database that is away is why most of them do."""
    try:
        with transaction.atomic():
            note(task.rpartition(".")[2], type(error).__name__)
            tallies.add(tallies.FAILED_TASKS)
    except AnyDatabaseError as away:
        log.warning("a failure of %s could not be written down: %s", task, type(away).__name__)


def last() -> dict[str, Heartbeat]:
    """By part: one query."""
    rows = Heartbeat.objects.filter(name__startswith=FAILED)
    return {row.name.removeprefix(FAILED): row for row in rows}
