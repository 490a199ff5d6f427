"""A waybill that somebody has asked to book, and a journal of its own for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import ShippingAccount, User
from shipments import booking, witness
from shipments.models import Waybill
from tests.making import make_waybill


@pytest.fixture(autouse=True)
def journal_dir(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.JOURNAL_DIR = str(tmp_path / "journal")
    witness.forget()
    yield tmp_path / "journal"
    witness.forget()


@pytest.fixture
def draft(account: ShippingAccount, booker: User) -> Waybill:
    return make_waybill(account, booker)


@pytest.fixture
def asked(draft: Waybill, booker: User) -> Waybill:
    return booking.ask(draft.pk, booker, draft.version)
