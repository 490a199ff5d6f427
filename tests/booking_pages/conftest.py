"""A draft on the page of somebody who may book it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import ShippingAccount, User
from shipments import booking, journal, sending, witness
from shipments.models import Waybill
from tests.courier import ScriptedBex
from tests.making import make_waybill


@pytest.fixture(autouse=True)
def _own_journal(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.JOURNAL_DIR = str(tmp_path / "journal")
    witness.forget()
    yield
    journal.close()
    witness.forget()


@pytest.fixture
def draft(account: ShippingAccount, booker: User) -> Waybill:
    return make_waybill(account, booker)


@pytest.fixture
def asked(draft: Waybill, booker: User) -> Waybill:
    return booking.ask(draft.pk, booker, draft.version)


@pytest.fixture
def booked(asked: Waybill, bex: ScriptedBex) -> Waybill:
    sending.send(asked.pk)
    return Waybill.objects.get(pk=asked.pk)
