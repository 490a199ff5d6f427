"""The judge of `make chaos` finds fault where there is one."""

import pytest

from tests.chaos.forms import fields_of
from tests.chaos.judge import Row, judge


def shipment(number: str, *references: str, of: str = "a") -> dict[str, object]:
    return {"number": number, "senders_ref": of, "references": list(references)}


def test_what_is_as_it_should_be_passes() -> None:
    rows = [
        Row("a", "booked", "ACP1", ("R1",)),
        Row("b", "unknown", "", ("R2", "R3")),
        Row("c", "rejected", "", ("R4",)),
        Row("d", "held", "", ()),
    ]
    verdict = judge(rows, [shipment("ACP1", "R1")])
    assert verdict.passed
    assert (verdict.booked, verdict.unknown, verdict.refused, verdict.held) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("row", "shipments", "fault"),
    [
        (Row("a", "booked", "ACP1", ("R1", "R2")), [shipment("ACP1", "R1"), shipment("ACP2", "R2")], "doubled"),
        (Row("a", "booked", "ACP1", ("R1",)), [shipment("ACP1", "R1"), shipment("ACP2", "R1")], "doubled"),
        (Row("a", "unknown", "", ("R1",)), [shipment("ACP1", "R1")], "lost"),
        (Row("a", "rejected", "", ("R1",)), [shipment("ACP1", "R1")], "lost"),
        (Row("a", "booked", "ACP2", ("R1",)), [shipment("ACP1", "R1")], "lost"),
        (Row("a", "booked", "ACP1", ("R1",)), [], "lost"),
        (Row("a", "booked", "ACP1", ("R1",)), [shipment("ACP1", "R1", of="b")], "mixed up"),
        (Row("a", "queued", "", ()), [], "stuck"),
        (Row("a", "submitting", "", ("R1",)), [], "stuck"),
        (Row("a", "draft", "", ()), [], "stuck"),
        (Row("a", "abandoned", "", ()), [], "not expected"),
    ],
)
def test_what_is_not_is_named(row: Row, shipments: list[dict[str, object]], fault: str) -> None:
    verdict = judge([row], shipments)
    assert not verdict.passed
    assert [line.partition(":")[0] for line in verdict.faults] == [fault]


def test_a_shipment_that_nobody_here_knows_is_lost() -> None:
    verdict = judge([], [shipment("ACP1", "R1")])
    assert (verdict.lost, verdict.passed) == (1, False)


def test_a_form_is_read_as_a_browser_reads_it() -> None:
    page = (
        '<form action="/find/"><input name="q" value="x"></form><form action="/waybills/1/book/"><input name="version"'
        ' value="3"><textarea name="note">two\nlines</textarea><input type="checkbox" name="sure" value="1"></form>'
    )
    assert fields_of(page) == {"version": "3", "note": "two\nlines"}
