"""Beat, on a machine whose clock is set back: Celery's own then rings nothing until it is as late again as it was."""

from datetime import datetime
from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """Keeps its file as Celery's own does: a start, too, may find times in it that are yet to come."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        now: datetime = self.app.now()
        ahead = [entry for entry in self.schedule.values() if entry.last_run_at is not None and entry.last_run_at > now]
        for entry in ahead:
            entry.last_run_at = now
        if ahead:
            self._heap = None  # its moments were counted from the clock as it was
        wait: float = super().tick(*args, **kwargs)
        return wait
