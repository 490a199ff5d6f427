"""The courier's paper: an A4 e-waybill and parcel labels of 100.8 × 149.8 mm, with Code 128 bar codes."""

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from sandbox.documents import parcels_of
from sandbox.wire import Params

LABEL = (100.8 * mm, 149.8 * mm)
BODY, BOLD = "Helvetica", "Helvetica-Bold"
PLAY = "Sandbox courier: no parcel travels with this paper"


def labels_pdf(pages: Sequence[tuple[Mapping[str, object], int]]) -> bytes:
    """``pages`` are waybills with the number (from 1) of the parcel to print."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=LABEL)
    canvas.setTitle("Parcel labels")
    for waybill, piece in pages:
        _label(canvas, waybill, piece)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def ewaybill_pdf(waybill: Mapping[str, object]) -> bytes:
    """One A4 page with both parties, the parcels and the price."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setTitle(f"Waybill {waybill['number']}")
    _waybill_head(canvas, waybill)
    _parties(canvas, waybill)
    _waybill_parcels(canvas, waybill)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _label(canvas: Canvas, waybill: Mapping[str, object], piece: int) -> None:
    facts, payload = _facts(waybill), _payload(waybill)
    width, height = LABEL
    parcels = parcels_of(dict(waybill))
    edge = 5 * mm
    canvas.setLineWidth(0.8)
    canvas.setFont(BOLD, 46)
    canvas.drawString(edge, height - 19 * mm, str(facts["destination_hub"]))
    canvas.setFont(BOLD, 26)
    canvas.drawRightString(width - edge, height - 14 * mm, str(facts["service"]))
    canvas.setFont(BODY, 9)
    canvas.drawRightString(width - edge, height - 19 * mm, _clip(str(facts["service_name"]), 9, 40 * mm))
    canvas.line(edge, height - 23 * mm, width - edge, height - 23 * mm)
    y = _lines(canvas, edge, height - 28 * mm, width - 2 * edge, "To", _address(payload, "receiver"), 11)
    canvas.line(edge, y, width - edge, y)
    y = _lines(canvas, edge, y - 4.5 * mm, width - 2 * edge, "From", _address(payload, "sender"), 7.5, most=5)
    canvas.line(edge, y, width - edge, y)
    canvas.setFont(BOLD, 16)
    canvas.drawString(edge, 56 * mm, f"Piece {piece} of {len(parcels)}")
    canvas.setFont(BODY, 10)
    canvas.drawRightString(width - edge, 56 * mm, f"{parcels[piece - 1]['weight']} kg   {facts['collection_day']}")
    if waybill["senders_ref"]:
        canvas.drawString(edge, 51 * mm, _clip(f"Ref {waybill['senders_ref']}", 10, width - 2 * edge))
    number = f"{waybill['number']}-{piece:02d}"
    _bar_code(canvas, number, width / 2, 22 * mm, height=25 * mm, most=width - 2 * edge)
    canvas.setFont(BOLD, 14)
    canvas.drawCentredString(width / 2, 15 * mm, number)
    canvas.setFont(BODY, 6)
    canvas.drawCentredString(width / 2, 6 * mm, PLAY)


def _waybill_head(canvas: Canvas, waybill: Mapping[str, object]) -> None:
    facts = _facts(waybill)
    width, height = A4
    left = 18 * mm
    canvas.setFont(BOLD, 20)
    canvas.drawString(left, height - 24 * mm, "Waybill")
    canvas.setFont(BOLD, 14)
    canvas.drawString(left, height - 32 * mm, str(waybill["number"]))
    canvas.setFont(BODY, 10)
    canvas.drawString(left, height - 39 * mm, f"{facts['service']}  {facts['service_name']}")
    canvas.drawString(left, height - 44 * mm, f"Collection {facts['collection_day']}   Account {waybill['account']}")
    if waybill["senders_ref"]:
        canvas.drawString(left, height - 49 * mm, _clip(f"Reference {waybill['senders_ref']}", 10, 90 * mm))
    _bar_code(canvas, str(waybill["number"]), width - 55 * mm, height - 40 * mm, height=18 * mm, most=84 * mm)
    canvas.setFont(BOLD, 30)
    canvas.drawRightString(width - left, height - 55 * mm, f"{facts['origin_hub']} - {facts['destination_hub']}")
    canvas.line(left, height - 60 * mm, width - left, height - 60 * mm)


def _parties(canvas: Canvas, waybill: Mapping[str, object]) -> None:
    payload = _payload(waybill)
    width, height = A4
    left, half = 18 * mm, width / 2
    top = height - 66 * mm
    _lines(canvas, left, top, half - left - 4 * mm, "Sender", _address(payload, "sender"), 10)
    _lines(canvas, half + 2 * mm, top, half - left - 2 * mm, "Receiver", _address(payload, "receiver"), 10)
    instructions = payload.text("instructions")
    if instructions:
        _lines(
            canvas, left, height - 122 * mm, width - 2 * left, "Instructions", [instructions], 10, most=3, first=BODY
        )


def _waybill_parcels(canvas: Canvas, waybill: Mapping[str, object]) -> None:
    facts, (width, height), left = _facts(waybill), A4, 18 * mm
    parcels, y = parcels_of(dict(waybill)), height - 146 * mm
    canvas.line(left, y + 6 * mm, width - left, y + 6 * mm)
    canvas.setFont(BOLD, 10)
    canvas.drawString(left, y, f"{len(parcels)} {'parcel' if len(parcels) == 1 else 'parcels'}")
    canvas.setFont(BODY, 9)
    for piece, parcel in enumerate(parcels[:16], start=1):
        y -= 5 * mm
        sides = " x ".join(str(parcel[f"dimension{index}"]) for index in (1, 2, 3))
        text = f"{waybill['number']}-{piece:02d}   {sides} cm   {parcel['weight']} kg   {parcel['reference']}"
        canvas.drawString(left, y, _clip(text, 9, width - 2 * left))
    if len(parcels) > 16:
        canvas.drawString(left, y - 5 * mm, f"and {len(parcels) - 16} more")
    price = facts["price"]
    if isinstance(price, dict):
        y = 44 * mm
        for label, name in (("Subtotal", "subtotal"), ("VAT 15%", "vat"), ("Total", "total")):
            canvas.drawRightString(width - left - 30 * mm, y, label)
            canvas.drawRightString(width - left, y, f"R {Decimal(str(price[name])):,.2f}")
            y -= 5 * mm
    canvas.drawString(left, 44 * mm, f"Chargeable weight {facts['chargeable_kg']} kg")
    canvas.line(left, 26 * mm, left + 70 * mm, 26 * mm)
    canvas.drawString(left, 22 * mm, "Received in good order: name, signature, date")
    canvas.setFont(BODY, 7)
    canvas.drawCentredString(width / 2, 10 * mm, PLAY)


def _lines(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    heading: str,
    lines: Sequence[str],
    size: float,
    *,
    most: int = 9,
    first: str = BOLD,
) -> float:
    """A small heading and lines that wrap, ``most`` of them; returns where the next thing may begin."""
    canvas.setFont(BODY, 7)
    canvas.drawString(x, y, heading)
    y -= size * 1.25
    parts = []
    for index, line in enumerate(lines):
        font = first if index == 0 else BODY
        parts += [(font, part) for part in simpleSplit(_printable(line), font, size, width)[:2]]
    for font, part in parts[:most]:
        canvas.setFont(font, size)
        canvas.drawString(x, y, part)
        y -= size * 1.2
    return y + size * 0.5


def _bar_code(canvas: Canvas, text: str, middle: float, y: float, *, height: float, most: float) -> None:
    """Ten modules of quiet zone at each end; modules as wide as fit, at most half a millimetre."""
    modules = Code128(text, barWidth=1, quiet=False).width + 20
    module = min(0.5 * mm, most / modules)
    code = Code128(text, barWidth=module, barHeight=height, quiet=True, lquiet=10 * module, rquiet=10 * module)
    code.drawOn(canvas, middle - code.width / 2, y)


def _address(payload: Params, end: str) -> list[str]:
    """Company or contact first, then what a driver reads, empty lines left out."""
    company, contact = payload.text(f"{end}Company"), payload.text(f"{end}ContactName")
    town = [payload.text(f"{end}City"), payload.text(f"{end}PostCode")]
    lines = [
        company or contact,
        payload.text(f"{end}FloorBuilding"),
        payload.text(f"{end}Street"),
        payload.text(f"{end}Suburb"),
        " ".join(part for part in town if part),
        contact if company else "",
        payload.text(f"{end}Mobile") or payload.text(f"{end}Tel"),
    ]
    return [line for line in lines if line and line != "-"]


def _clip(text: str, size: float, width: float) -> str:
    return str((simpleSplit(_printable(text), BODY, size, width) or [""])[0])


def _printable(text: str) -> str:
    """The built-in fonts know Latin letters only; others become question marks, as on the courier's printers."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _facts(waybill: Mapping[str, object]) -> dict[str, object]:
    facts = waybill["facts"]
    return facts if isinstance(facts, dict) else {}


def _payload(waybill: Mapping[str, object]) -> Params:
    payload = waybill["payload"]
    return payload if isinstance(payload, Params) else Params({})
