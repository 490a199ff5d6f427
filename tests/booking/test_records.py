"""What was tried, found, told and decided is a record: rows are added, never changed, never deleted."""

import pytest

from shipments import evidence, sending
from shipments.models import Decision, LookUp, Price, Submission, Waybill
from shipments.models.kept import Kept
from tests.courier import ScriptedBex

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Decision, LookUp, Price])
def test_a_record_is_never_changed_and_never_deleted(
    model: type[Decision | LookUp | Price], asked: Waybill, bex: ScriptedBex
) -> None:
    sending.send(asked.pk)
    evidence.look_up(asked.attempts.get(), asked.created_at)
    row = model._default_manager.first()
    assert row is not None
    rows = model._default_manager.filter(pk=row.pk)
    for rewrite in (row.save, row.delete, rows.delete, lambda: rows.update(pk=row.pk)):
        with pytest.raises(Kept):
            rewrite()
    assert rows.get() == row


def test_an_attempt_is_never_deleted(asked: Waybill, bex: ScriptedBex) -> None:
    sending.send(asked.pk)
    with pytest.raises(Kept):
        Submission.objects.get().delete()
