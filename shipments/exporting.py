"""The list as CSV: every page of it, a row at a time, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from bexportal import formats
from shipments.filtering import SHOWN_STATES, shown_state
from shipments.listing import Row
from shipments.models.money import Price

BYTE_ORDER_MARK = "\ufeff"  # Excel reads UTF-8 only where this stands first
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HEADS = (
    "Waybill", "State", "Sender's reference", "Further references", "Account", "Account name", "Receiver", "Suburb",
    "Post code", "Service", "Add-on", "Collection date", "Created", "Booked", "Promised by", "Expected by", "Delivered",
    "Minutes late", "Signee", "Parcels", "kg",
)  # fmt: skip
PRICE_HEADS = ("Rand, VAT included", "Price is")


class _Line:
    """What csv.writer writes to: hands the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Row], *, with_prices: bool) -> Iterator[str]:
    """The file's text, line by line. A price that the reader may not see is an empty cell; all of them, no column."""
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK + str(writer.writerow((*HEADS, *PRICE_HEADS) if with_prices else HEADS))
    for row in rows:
        yield str(writer.writerow(_cells(row, with_prices)))


def _cells(row: Row, with_prices: bool) -> list[str]:
    waybill, receiver = row.waybill, row.waybill.receiver
    code = shown_state(waybill.booking_state, waybill.transit_state, is_late=bool(row.late))
    texts = [
        waybill.waybill_number, SHOWN_STATES[code], waybill.senders_ref, ", ".join(map(str, waybill.references)),
        waybill.account.number, waybill.account.name, receiver.name if receiver else "",
        receiver.suburb if receiver else "", receiver.post_code if receiver else "", waybill.service_code,
        waybill.add_on,
    ]  # fmt: skip
    cells = [defused(text) for text in texts]
    cells += [waybill.collection_date.isoformat(), _moment(waybill.created_at), _moment(waybill.booked_at)]
    cells += [_moment(waybill.promised_by), _moment(waybill.expected_by), _moment(waybill.delivered_at)]
    cells += [_minutes(waybill.late_by), defused(waybill.signee)]
    cells += [str(row.parcels), _plain(row.weight_kg)]
    if with_prices:
        known = row.price is not None
        cells += [_plain(row.price), Price.Kind(row.price_kind).label if known and row.price_kind else ""]
    return cells


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(BEGINS_A_FORMULA) else text


def _moment(when: datetime | None) -> str:
    """South African time, as spreadsheets read it."""
    return f"{formats.local(when):%Y-%m-%d %H:%M}" if when else ""


def _minutes(late: timedelta | None) -> str:
    """Whole ones; below zero where it was early."""
    return "" if late is None else str(round(late.total_seconds() / 60))


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"
