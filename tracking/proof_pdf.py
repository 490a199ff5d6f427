"""The proof of delivery on one sheet of paper."""

import io
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from accounts.models import Address
from bexportal import formats
from tracking.proof import Proof, Proving

INK, QUIET, LINE = HexColor("#1c1b18"), HexColor("#5f5b51"), HexColor("#b9b4a6")
WIDTH = A4[0] - 36 * mm - 12  # points; a frame keeps six at each side
AWAITED = "BEX has not told yet who signed."


def pdf(proof: Proof, made_at: datetime) -> bytes:
    """One A4 page, or more where much was said. Holds names and addresses: it is for who may see the waybill."""
    out, style = io.BytesIO(), _styles()
    number = proof.waybill.waybill_number
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=16 * mm,
        title=f"Proof of delivery {number}", author="bexportal", creator="bexportal", invariant=1,
    )  # fmt: skip
    document.build(
        [
            Paragraph("Proof of delivery", style["label"]),
            Paragraph(escape(number), style["number"]),
            Spacer(0, 4 * mm),
            _answer(proof, style),
            Spacer(0, 6 * mm),
            _facts(proof, style),
            Spacer(0, 6 * mm),
            Paragraph("What proves it", style["head"]),
            *(part for event in proof.events for part in _event(event, style)),
            Spacer(0, 6 * mm),
            Paragraph(
                f"Put together by bexportal {_moment(made_at)} from what BEX told, in BEX’s own words. All "
                "times South African Standard Time.",
                style["small"],
            ),
        ]
    )
    return out.getvalue()


def _answer(proof: Proof, style: dict[str, ParagraphStyle]) -> Table:
    signed = escape(proof.signee) if proof.signee else AWAITED
    cells = [("Signed by", signed), ("Delivered", _moment(proof.delivered_at)), ("Pieces", _pieces(proof))]
    labels, answers = zip(*cells, strict=True)
    rows = [[Paragraph(one, style["label"]) for one in labels], [Paragraph(one, style["big"]) for one in answers]]
    table = Table(rows, colWidths=[WIDTH * 0.42, WIDTH * 0.36, WIDTH * 0.22])
    table.setStyle([
        ("BOX", (0, 0), (-1, -1), 0.6, LINE), ("LINEAFTER", (0, 0), (-2, -1), 0.6, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, 0), 7), ("BOTTOMPADDING", (0, 0), (-1, 0), 0),
        ("BOTTOMPADDING", (0, 1), (-1, 1), 8),
    ])  # fmt: skip
    return table


def _pieces(proof: Proof) -> str:
    if proof.pieces is None:
        return f"{proof.booked_pieces} sent"
    return f"{proof.pieces} of {proof.booked_pieces}"


def _facts(proof: Proof, style: dict[str, ParagraphStyle]) -> Table:
    found = proof.waybill
    told = [
        ("From", _address(found.sender)),
        ("To", _address(found.receiver)),
        ("Reference", found.senders_ref),
        ("Further references", ", ".join(map(str, found.references))),
        ("Service", " ".join(part for part in (found.service_name, f"({found.service_code})") if part)),
        ("Left on", f"{found.collection_date:%a} {found.collection_date.day} {found.collection_date:%b %Y}"),
        ("Account", f"{found.account.number} {found.account.name}"),
    ]
    rows = [[Paragraph(label, style["label"]), Paragraph(said, style["plain"])] for label, said in _said(told)]
    return Table(rows, colWidths=[34 * mm, WIDTH - 34 * mm], style=_PLAIN)


def _said(told: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((label, escape(said)) for label, said in told if said.strip())


def _address(address: Address | None) -> str:
    if address is None:
        return ""
    where = f"{address.suburb} {address.post_code}".strip()
    city = address.city if address.city != address.suburb else ""
    lines = (address.company, address.contact_name, address.floor_building, address.street, where, city)
    return ", ".join(dict.fromkeys(line for line in lines if line))


def _event(event: Proving, style: dict[str, ParagraphStyle]) -> list[Flowable]:
    rows: list[list[Any]] = [[
        Paragraph(f"<b>{event.words}</b>", style["plain"]), Paragraph(_moment(event.at), style["right"]),
    ]]  # fmt: skip
    for saying in event.sayings:
        more = f", {saying.pieces} pieces" if saying.pieces is not None else ""
        source = f"{saying.source}{more}. Dated {_moment(saying.written_at)}, known here {_moment(saying.heard_at)}."
        said = f"“{escape(saying.words)}”<br/><font color='#5f5b51'>{source}</font>"
        rows.append([Paragraph(said, style["plain"]), ""])
    table = Table(rows, colWidths=[WIDTH - 42 * mm, 42 * mm])
    spans = [("SPAN", (0, row), (1, row)) for row in range(1, len(rows))]
    table.setStyle([*_PLAIN, ("LINEABOVE", (0, 0), (-1, 0), 0.6, LINE), *spans])
    return [table, Spacer(0, 3 * mm)]


def _moment(when: datetime) -> str:
    """With its day, always: paper does not know what today is."""
    on = formats.local(when)
    return f"{on:%a} {on.day} {on:%b %Y} {on:%H:%M}".replace(" ", formats.NBSP)


_PLAIN: list[tuple[Any, ...]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]  # fmt: skip


@lru_cache(maxsize=1)
def _styles() -> dict[str, ParagraphStyle]:
    """The fonts that reportlab brings: what they have no letter for is shown as an empty box."""
    fonts = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont("Vera", fonts / "Vera.ttf"))
    pdfmetrics.registerFont(TTFont("VeraBd", fonts / "VeraBd.ttf"))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="VeraBd", italic="Vera", boldItalic="VeraBd")
    plain = ParagraphStyle("plain", fontName="Vera", fontSize=9, leading=12.5, textColor=INK, splitLongWords=1)
    return {
        "plain": plain,
        "right": ParagraphStyle("right", plain, alignment=TA_RIGHT),
        "small": ParagraphStyle("small", plain, fontSize=7.5, leading=10, textColor=QUIET),
        "label": ParagraphStyle("label", plain, textColor=QUIET),
        "head": ParagraphStyle("head", plain, fontName="VeraBd", fontSize=11, leading=16, spaceAfter=3),
        "big": ParagraphStyle("big", plain, fontName="VeraBd", fontSize=12, leading=15),
        "number": ParagraphStyle("number", plain, fontName="VeraBd", fontSize=22, leading=28),
    }
