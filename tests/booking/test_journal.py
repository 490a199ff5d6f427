"""The witness outside the database."""

import json
from pathlib import Path
from typing import Any

import pytest

from shipments import journal


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("*.journal")
    return path


def test_what_was_noted_is_read_again(journal_dir: Path) -> None:
    journal.sending("a", waybill="w", reference="REF")
    journal.sending("b", waybill="v", reference="REF2")
    journal.answered("a", "booked", waybill_number="ACP1")
    entries = journal.entries()
    assert (entries["a"].outcome, entries["a"].waybill_number, entries["a"].sent["reference"]) == (
        "booked",
        "ACP1",
        "REF",
    )
    assert entries["b"].outcome == ""


def test_a_number_once_noted_is_never_unsaid(journal_dir: Path) -> None:
    journal.sending("a")
    journal.answered("a", "booked", waybill_number="ACP1")
    journal.answered("a", "lost")
    assert journal.entries()["a"].waybill_number == "ACP1"


def test_lines_that_a_crash_tore_or_somebody_changed_are_left_out(journal_dir: Path) -> None:
    journal.sending("a")
    journal.sending("b")
    path = only_file(journal_dir)
    whole = path.read_text()
    first, second = whole.splitlines(keepends=True)
    path.write_text(first.replace('"a"', '"x"') + second[: len(second) // 2])
    assert journal.entries() == {}


def test_a_line_is_on_the_disk_before_the_call_returns(journal_dir: Path) -> None:
    journal.sending("a", reference="REF")
    checksum, _, body = only_file(journal_dir).read_text().rstrip("\n").partition(" ")
    assert len(checksum) == 16
    assert json.loads(body)["reference"] == "REF"


def test_its_id_stays_and_a_new_directory_has_another(journal_dir: Path, settings: Any, tmp_path: Path) -> None:
    first = journal.journal_id()
    assert journal.journal_id() == first
    settings.JOURNAL_DIR = str(tmp_path / "other")
    assert journal.journal_id() != first


def test_a_directory_that_was_moved_away_is_not_written_to_unseen(journal_dir: Path, tmp_path: Path) -> None:
    journal.sending("a")
    journal_dir.rename(tmp_path / "away")
    journal.sending("b")
    assert set(journal.entries()) == {"b"}


def test_a_place_that_cannot_be_written_is_said(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.JOURNAL_DIR = str(tmp_path / "file" / "journal")
    with pytest.raises(journal.JournalUnusable, match="cannot be written"):
        journal.sending("a")
