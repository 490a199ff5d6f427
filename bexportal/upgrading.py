"""An upgrade: people see a page that says so, nothing is sent, what is being sent ends first."""

import time
from collections.abc import Callable

from django.core.management import call_command
from django.utils import timezone

from accounts import leases
from bexportal import collecting
from bexportal.middleware import maintenance_flag
from shipments import evidence
from shipments.models import SendingHold, Submission
from shipments.models.attempts import Outcome


class NotDrainedError(Exception):
    """Attempts are still under way after their leases should have ended."""


def hold() -> None:
    """Maintenance page on; no new submission begins."""
    maintenance_flag().parent.mkdir(parents=True, exist_ok=True)
    maintenance_flag().touch()
    SendingHold.objects.get_or_create(
        reason=SendingHold.Reason.UPGRADE,
        released_at=None,
        defaults={"detail": "An upgrade is running; manage.py upgrade --resume ends it."},
    )


def drain(pause: Callable[[float], None] = time.sleep) -> None:
    """Waits until no attempt is claimed; ended leases become `lost` here where no worker sees to it."""
    longest = leases.length().total_seconds() + 5
    until = time.monotonic() + longest
    while claimed():
        evidence.end_leases()
        if not claimed():
            break
        if time.monotonic() > until:
            raise NotDrainedError(f"{claimed()} submissions are still under way after {longest:.0f} s.")
        pause(0.5)


def claimed() -> int:
    return Submission.objects.filter(outcome=Outcome.CLAIMED).count()


def migrate_and_check() -> None:
    """Raises what Django raises: DatabaseError, SystemCheckError; OSError where style sheets cannot be written."""
    call_command("migrate", interactive=False, verbosity=1)
    collecting.collect()
    call_command("check", deploy=True)


def resume() -> list[str]:
    """The pages are back, and sending goes on unless something else holds it: why, in words."""
    SendingHold.objects.filter(reason=SendingHold.Reason.UPGRADE, released_at=None).update(released_at=timezone.now())
    maintenance_flag().unlink(missing_ok=True)
    others = SendingHold.objects.filter(released_at=None)
    return [f"{SendingHold.Reason(hold.reason).label}. {hold.detail}" for hold in others]
