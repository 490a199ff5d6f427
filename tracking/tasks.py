"""Tasks of what happens afterwards. The beat only rings: what is due stands in the database."""

from celery import shared_task
from django.conf import settings

from tracking import sweeps, vocabulary
from tracking.sync import sync
from tracking.webhooks import mending, replacing, running


@shared_task
def sync_tracking() -> None:
    """Looks at what is due, for as long as leaves the last call time to end before the task's own limit."""
    sweeps.keep(sync(seconds=max(settings.CELERY_TASK_SOFT_TIME_LIMIT - 2 * settings.BEX_DEADLINE, 1)))


@shared_task
def derive_anew() -> None:
    """Takes up what admins said of BEX's words. The next ring goes on where this one stopped."""
    vocabulary.derive_what_is_due(seconds=settings.CELERY_TASK_SOFT_TIME_LIMIT / 2)


@shared_task
def take_inbox() -> None:
    """Takes what webhooks brought, unless another worker is at it; what is left then is rung for again."""
    running.take_if_nobody_does(seconds=max(settings.CELERY_TASK_SOFT_TIME_LIMIT / 4, 1))


@shared_task
def forget_deliveries() -> None:
    mending.forget_old_deliveries()
    replacing.forget_previous()
