"""A database that was put back lacks what the journal knows."""

import html
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from bexapi import NotSent
from shipments import booking, journal, restoring, sending, witness
from shipments.models import Decision, JournalMark, Learnt, LookUp, Parcel, Price, SendingHold, Submission, Waybill
from tests.courier import ScriptedBex, booked, refusal, tracked
from tracking.sync import sync

pytestmark = pytest.mark.django_db


def forget_the_booking(waybill: Waybill, *, row: bool) -> None:
    """As a backup from before the booking would have it."""
    # Past the models, which refuse it: it is the database that was put back.
    for model in (Price, LookUp, Learnt, Submission, *([Decision] if row else [])):
        model._default_manager.all()._raw_delete("default")
    if row:
        Parcel.objects.all().delete()
        Waybill.objects.filter(pk=waybill.pk).delete()
    else:
        Waybill.objects.update(waybill_number="", booking_state="draft", booked_at=None, asked_at=None)
    witness.forget()


@pytest.mark.parametrize("row", [False, True], ids=["attempt missing", "waybill missing"])
def test_a_booked_waybill_gets_its_number_back(asked: Waybill, bex: ScriptedBex, *, row: bool) -> None:
    sending.send(asked.pk)
    forget_the_booking(asked, row=row)
    findings = restoring.after_restore()
    waybill = Waybill.objects.get(pk=asked.pk)
    assert (waybill.booking_state, waybill.waybill_number) == ("booked", "ACP00000001")
    assert len(findings.numbers_back) == 1
    assert restoring.after_restore().numbers_back == []


def test_tracking_brings_the_senders_reference_back_so_that_it_is_not_booked_twice(
    asked: Waybill, booker: User, bex: ScriptedBex
) -> None:
    sending.send(asked.pk)
    forget_the_booking(asked, row=True)
    restoring.after_restore()
    event = [("23-11-2026 10:00", "Shipment integrated to courier system")]
    bex.on("track", tracked(("7", "ACP00000001", event), senders_ref="PO-1046"))
    sync(force=True)
    assert Waybill.objects.get(pk=asked.pk).senders_ref == "PO-1046"
    other = Waybill(senders_ref="po-1046", endpoint=asked.endpoint)
    assert [one.state for one in booking.duplicates_of(other, booker)] == ["booked"]


def test_an_open_attempt_becomes_unknown_and_is_looked_up(asked: Waybill, bex: ScriptedBex) -> None:
    sending.send(asked.pk)
    forget_the_booking(asked, row=False)
    for path in journal.directory().glob("*.journal"):
        sent, _answered = path.read_text().splitlines(keepends=True)
        path.write_text(sent)
    findings = restoring.after_restore()
    waybill = Waybill.objects.get(pk=asked.pk)
    assert waybill.booking_state == "unknown"
    assert waybill.attempts.get().next_look_up_at is not None
    assert len(findings.unknown) == 1


def test_nothing_is_sent_by_a_database_that_is_behind_its_journal(
    asked: Waybill, booker: User, bex: ScriptedBex
) -> None:
    sending.send(asked.pk)
    forget_the_booking(asked, row=False)
    waybill = booking.ask(asked.pk, booker, Waybill.objects.get(pk=asked.pk).version)
    sending.send(waybill.pk)
    assert len(bex.sent("submit")) == 1
    assert SendingHold.objects.get(released_at=None).reason == "journal"


def test_sending_goes_on_only_after_a_person_released_it(
    asked: Waybill, bex: ScriptedBex, capsys: pytest.CaptureFixture[str]
) -> None:
    JournalMark.objects.create(journal_id="another")
    sending.send(asked.pk)
    call_command("after_restore")
    sending.send(asked.pk)
    assert bex.sent("submit") == []
    call_command("after_restore", "--release")
    sending.send(asked.pk)
    assert len(bex.sent("submit")) == 1
    assert "--release" in capsys.readouterr().out


def test_a_journal_that_cannot_be_read_is_said(settings: pytest.FixtureRequest, tmp_path: object, db: None) -> None:
    settings.JOURNAL_DIR = "/dev/null/journal"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="JOURNAL_DIR"):
        call_command("after_restore")


@pytest.mark.parametrize("outcome", ["not_sent", "refused"])
def test_attempts_that_booked_nothing_do_not_hold_sending_for_ever(
    asked: Waybill, bex: ScriptedBex, outcome: str
) -> None:
    bex.on("submit", NotSent("refused") if outcome == "not_sent" else refusal("No."), booked())
    sending.send(asked.pk)
    forget_the_booking(asked, row=False)
    restoring.after_restore()
    restoring.release(None)
    assert witness.disagreement() == ""
    attempts = list(Waybill.objects.get(pk=asked.pk).attempts.values_list("outcome", flat=True))
    assert attempts == ([] if outcome == "not_sent" else ["refused"])


def test_what_was_refused_after_the_backup_is_listed_and_not_sent_again(
    asked: Waybill, bex: ScriptedBex, capsys: pytest.CaptureFixture[str]
) -> None:
    """The backup is from while it was queued: it still holds the wish that the attempt has taken up."""
    wish = {"asked_at": asked.asked_at, "asked_by": asked.asked_by}
    bex.on("submit", refusal("No."), booked())
    sending.send(asked.pk)
    forget_the_booking(asked, row=False)
    Waybill.objects.update(booking_state="queued", **wish)
    call_command("after_restore")
    call_command("after_restore", "--release")
    sending.send(asked.pk)
    assert Waybill.objects.get(pk=asked.pk).booking_state == "rejected"
    assert len(bex.sent("submit")) == 1
    assert "Refused by BEX meanwhile: to be corrected: 1" in capsys.readouterr().out


@pytest.mark.parametrize("known", [True, False], ids=["booked", "open"])
def test_a_row_that_came_back_reads_well_wherever_it_is_listed(
    asked: Waybill, as_booker: Client, bex: ScriptedBex, *, known: bool
) -> None:
    """Its addresses are not known, which leaves no lonely dot or comma behind."""
    sending.send(asked.pk)
    forget_the_booking(asked, row=True)
    if not known:
        for path in journal.directory().glob("*.journal"):
            path.write_text(path.read_text().splitlines(keepends=True)[0])
    restoring.after_restore()
    Waybill.objects.update(booked_twice=known)
    for name in ("attention", "home", "waybills"):
        page = as_booker.get(reverse(name)).content.decode().split("<main", 1)[1].split("</main>", 1)[0]
        begins_with_a_sign = re.findall(r">\s*[·,]", page)
        text = html.unescape(re.sub(r"<[^>]+>", " ", page))
        assert (begins_with_a_sign, re.findall(r"\.\s*\.", text)) == ([], []), name
    text = as_booker.get(reverse("attention")).content.decode()
    assert "receiver not known here" in text
    assert known or "the restored database lacked it. Not sent again." in text
