"""How long a claim lasts, on a clock that nobody sets.

On PostgreSQL the server's clock rules, for all hosts alike. On SQLite all processes are on one machine: its boot id
and the clock that goes on while it sleeps.
"""

import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Func, Q, Value
from django.utils import timezone

MARGIN = timedelta(seconds=20)
_BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
# Where the system has no boot id, a lease ends with the process that looks: too early, never too late to be seen.
_NO_BOOT_ID = str(uuid.uuid4())


def boot_id() -> str:
    return _BOOT_ID_FILE.read_text().strip() if _BOOT_ID_FILE.exists() else _NO_BOOT_ID


def tick() -> float:
    """Seconds since this machine was started, sleep included."""
    return time.clock_gettime(_CLOCK)


def length() -> timedelta:
    """Longer than the deadline of a call, which starts before a claim's lease."""
    return timedelta(seconds=settings.BEX_DEADLINE) + MARGIN


def _database_clock() -> Any:
    return Func(function="clock_timestamp", output_field=DateTimeField())


def beginning_now() -> dict[str, Any]:
    """The lease's fields of a new claim."""
    until: Any = timezone.now() + length()
    if connection.vendor == "postgresql":
        until = ExpressionWrapper(
            _database_clock() + Value(length(), output_field=DurationField()), output_field=DateTimeField()
        )
    return {"lease_until": until, "lease_boot_id": boot_id(), "lease_until_tick": tick() + length().total_seconds()}


def ended() -> Q:
    """Claims whose lease is over."""
    if connection.vendor == "postgresql":
        return Q(lease_until__lt=_database_clock())
    return ~Q(lease_boot_id=boot_id()) | Q(lease_until_tick__lt=tick())
