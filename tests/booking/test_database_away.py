"""The database goes away while BEX answers: the answer is stored when it is back, by its sender or from the journal."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from shipments import evidence
from shipments.models import Waybill
from tests.booking.processes import Start, let_the_lease_end, state, until
from tests.courier import Courier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres_only]


@contextmanager
def database_away() -> Iterator[None]:
    """No connection to the tests' database is let in, and those that are there are ended."""
    named = connection.settings_dict
    name = str(named["NAME"])
    connection.close()
    server = {
        "host": named["HOST"],
        "port": named["PORT"],
        "user": named["USER"],
        "password": named["PASSWORD"] or None,
    }
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as control:
        control.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        control.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            control.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def answered(journal_dir: Path) -> bool:
    return any('"kind":"answered"' in path.read_text() for path in journal_dir.glob("*.journal"))


def send_while_away(waiting: Waybill, courier: Courier, start: Start) -> "subprocess.Popen[str]":
    courier.fault("submit", "slow", seconds=2)
    process = start(waiting)
    until(lambda: courier.control("calls?operation=submit"), "the courier heard of it")
    return process


def test_an_answer_waits_for_a_database_that_comes_back(
    waiting: Waybill, courier: Courier, start: Start, journal_dir: Path
) -> None:
    process = send_while_away(waiting, courier, start)
    with database_away():
        until(lambda: answered(journal_dir), "the answer stood in the journal")
    assert process.wait(timeout=60) == 0
    (at_bex,) = courier.waybills
    assert state(waiting) == ("booked", at_bex["number"])


def test_an_answer_that_was_never_stored_comes_back_from_the_journal(
    waiting: Waybill, courier: Courier, start: Start, journal_dir: Path
) -> None:
    process = send_while_away(waiting, courier, start)
    with database_away():
        until(lambda: answered(journal_dir), "the answer stood in the journal")
        process.kill()
        process.communicate(timeout=10)
    assert state(waiting) == ("submitting", "")
    let_the_lease_end()
    evidence.end_leases()
    (at_bex,) = courier.waybills
    assert state(waiting) == ("booked", at_bex["number"])
    assert Waybill.objects.get(pk=waiting.pk).number_source == "journal"
