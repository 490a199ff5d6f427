"""One id from the request through the broker into a real worker's attempt and into what it logs of BEX."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.identities import log_in
from accounts.models import ShippingAccount, User
from bexportal.celery import app
from bexportal.logs import begin_request, end_request
from shipments import booking
from shipments.models import Waybill
from tests.booking.processes import ROOT, database_url, until
from tests.courier import Courier
from tests.making import make_waybill

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "proof"
REQUEST_ID = "abc12345-from-a-page"


@pytest.fixture
def worker_log(journal_dir: Path, tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A worker on the broker of files that serves one queue; yields the file that it logs into."""
    env = {
        # VAR_DIR: where this process's broker is. Under xdist settings are read before the tests set the environment.
        **os.environ, "DATABASE_URL": database_url(), "JOURNAL_DIR": str(journal_dir), "LOG_FORMAT": "json",
        "VAR_DIR": str(settings.VAR_DIR), "BEX_DEADLINE": "30", "BEX_CONNECT_TIMEOUT": "5",
    }  # fmt: skip
    log = tmp_path / "worker.log"
    words = ["-A", "bexportal", "worker", "--pool", "solo", "-Q", QUEUE, "--without-gossip", "--without-mingle"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", *words], cwd=ROOT, env=env, stdout=sink, stderr=sink
        )
    until(lambda: b"ready." in log.read_bytes(), "the worker was ready")
    yield log
    process.terminate()
    process.wait(timeout=30)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def test_the_id_of_a_page_is_the_id_of_what_the_worker_did_for_it(
    courier: Courier, worker_log: Path, settings: Any
) -> None:
    settings.BEX_API_URL = courier.url
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    account = ShippingAccount.objects.create(number="316085", name="Head office", identity=identity)
    waybill = make_waybill(account, admin)
    booking.ask(waybill.pk, admin, waybill.version)

    begin_request(REQUEST_ID)
    try:
        app.send_task("shipments.tasks.send_waybill", [str(waybill.pk)], queue=QUEUE)
    finally:
        end_request()
    until(lambda: Waybill.objects.get().waybill_number, "the worker booked")

    assert Waybill.objects.get().attempts.get().request_id == REQUEST_ID
    told = [line for line in lines(worker_log) if str(line.get("logger", "")).startswith("bexapi")]
    assert told
    assert {line["request_id"] for line in told} == {REQUEST_ID}
    text = worker_log.read_text()
    for personal in ("Protea Road", "Thandi Mokoena", "0821234567", identity.token(), identity.alternate_token()):
        assert personal not in text
