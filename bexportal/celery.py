"""The Celery application. The database is the queue of record: a message only rings the bell."""

import os
from typing import Any

from celery import Celery, signals

from bexportal import broker
from bexportal.logs import begin_request, current_request_id, end_request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")

broker.register()
app = Celery("bexportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def use_the_portals_logging(**kwargs: Any) -> None:
    """Connected, so that Celery leaves logging as the settings made it."""
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@signals.before_task_publish.connect
def send_the_request_id_along(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is not None and current_request_id():
        headers["request_id"] = current_request_id()


@signals.task_prerun.connect
def begin_with_the_request_id(task: Any = None, task_id: str = "", **kwargs: Any) -> None:
    begin_request(getattr(task.request, "request_id", None) or task_id)


@signals.task_postrun.connect
def end_of_task(**kwargs: Any) -> None:
    end_request()


@signals.task_failure.connect
def remember_the_failure(sender: Any = None, exception: BaseException | None = None, **kwargs: Any) -> None:
    from bexportal import failures

    failures.note_task(str(getattr(sender, "name", "")), exception)


@signals.beat_init.connect
def ring_at_once(**kwargs: Any) -> None:
    """So that readiness is known seconds after a start, not an interval later."""
    app.send_task("bexportal.tasks.heartbeat", expires=15)
    app.send_task("tracking.tasks.sync_tracking", expires=30)
