"""SQLite has one writer at a time and no queue for them: who writes in a loop starves the receiver."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LONGEST = 0.1


@contextmanager
def unhurried() -> Iterator[None]:
    """Afterwards the database is left alone for as long as it was used, on SQLite."""
    began = time.monotonic()
    yield
    if connection.vendor == "sqlite":
        time.sleep(min(time.monotonic() - began, LONGEST))
