"""Is the installation able to work? Each check says in words what is wrong."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from kombu import Connection
from kombu.exceptions import OperationalError

from bexportal.models import Heartbeat

BEAT = "beat"
SWEEP = "sweep"
BEAT_MISSED_AFTER = timedelta(seconds=60)
SWEEP_MISSED_AFTER = timedelta(minutes=15)
"""A sweep is rung for every 30 seconds; a slow courier may hold one for minutes."""
WORKER = "worker "
WORKERS_SHOWN_FOR = timedelta(minutes=10)
"""A heartbeat is taken by one of the workers each time."""
WORKERS_KEPT_FOR = timedelta(days=1)
NAMES = {"database": "Database", "migrations": "Migrations", "broker": "Broker", "beat": "Beat", "sweep": "Tracking"}
NEED_THE_DATABASE = frozenset({"migrations", "beat", "sweep"})


def beat_is_alive(worker: str = "") -> None:
    """Beat rang, and this worker answered."""
    now = timezone.now()
    Heartbeat.objects.update_or_create(name=BEAT, defaults={"at": now})
    if worker:
        Heartbeat.objects.update_or_create(name=f"{WORKER}{worker}"[:40], defaults={"at": now})
        Heartbeat.objects.filter(name__startswith=WORKER, at__lt=now - WORKERS_KEPT_FOR).delete()


def problems() -> dict[str, str]:
    """What is wrong, by check; '' where nothing is."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "migrations": _migrations,
        "broker": _broker,
        "beat": _beat,
        "sweep": _sweep,
    }
    found: dict[str, str] = {}
    for name, check in checks.items():
        if found.get("database") and name in NEED_THE_DATABASE:
            found[name] = "not looked at: the database does not answer"
            continue
        found[name] = check()
    return found


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"the database does not answer ({type(error).__name__})"
    return ""


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return f"{missing} migrations are not applied: run manage.py migrate" if missing else ""


def _broker() -> str:
    if not settings.REDIS_URL:
        writable = Path(settings.BROKER_DIR).is_dir()
        return "" if writable else "the broker's directory is missing: start a worker once"
    try:
        with Connection(settings.REDIS_URL, connect_timeout=2, transport_options={"socket_timeout": 2}) as broker:
            broker.ensure_connection(max_retries=0, timeout=2)
    except (OperationalError, OSError) as error:
        return f"the broker does not answer ({type(error).__name__})"
    return ""


def _beat() -> str:
    last = Heartbeat.objects.filter(name=BEAT).first()
    if last is None:
        return "beat or the worker has never been seen: start both"
    silent = timezone.now() - last.at
    if silent > BEAT_MISSED_AFTER:
        return f"beat or the worker has been silent for {int(silent.total_seconds())} s: see whether both run"
    return ""


def _sweep() -> str:
    """Nothing to say before the first one: a new installation has nothing to track."""
    last = Heartbeat.objects.filter(name=SWEEP).first()
    silent = timezone.now() - last.at if last else timedelta()
    if silent > SWEEP_MISSED_AFTER:
        return f"no sweep has asked BEX for {int(silent.total_seconds() // 60)} min: parcels stand still on the pages"
    return ""
