"""Paper: an A4 e-waybill, and a label for each parcel."""

import io

import pypdfium2 as pdfium
import pytest
import zxingcpp
from pypdf import PdfReader

from tests.sandbox.harness import Box

MILLIMETRE = 72 / 25.4


def document(box: Box, call: str, **body: str) -> list[tuple[float, float, str]]:
    """Width and height in mm, and the text, of each page."""
    answer = box.post(f"/api/service/{call}", {"token": box.login(alternate=True), **body})
    assert answer.headers["Content-Type"] == "application/pdf", answer.text
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return [
        (float(page.mediabox.width) / MILLIMETRE, float(page.mediabox.height) / MILLIMETRE, page.extract_text())
        for page in pages
    ]


def test_the_e_waybill_is_one_a4_page(box: Box) -> None:
    number = box.book()
    ((width, height, text),) = document(box, "downloadewaybill", waybillNumber=number)
    assert (round(width), round(height)) == (210, 297)
    for words in (number, "OVERNIGHT COURIER", "JNB - CPT", "Söhne & O'Brien #5", "Rooibok Trading", "Ring twice"):
        assert words in text
    assert "80 x 80 x 30 cm 25.00 kg" in " ".join(text.split())
    assert "R 1,407.00" in text


def test_there_is_a_label_for_each_parcel(box: Box) -> None:
    number = box.book()
    pages = document(box, "downloadparcellabels", waybillNumbers=number)
    assert [(round(width, 1), round(height, 1)) for width, height, _ in pages] == [(100.8, 149.8)] * 2
    for piece, (_, _, text) in enumerate(pages, start=1):
        for words in (f"{number}-0{piece}", f"Piece {piece} of 2", "CPT", "ONC", "Söhne & O'Brien #5", "Ref PO-77"):
            assert words in text
    assert "25.00 kg" in pages[1][2]


def test_labels_come_in_the_order_asked_for_by_waybill_or_parcel(box: Box) -> None:
    first, second = box.book(), box.book()
    pages = document(box, "downloadparcellabels", waybillNumbers=f"{second}-02,{first}")
    order = [f"{second}-02", f"{first}-01", f"{first}-02"]
    assert all(number in text for number, (_, _, text) in zip(order, pages, strict=True))


def test_long_addresses_stay_on_the_paper(box: Box) -> None:
    long = "The Very Long Winding Road of Many Names and Turnings " * 3
    fields = ("receiverCompany", "receiverStreet", "receiverFloorBuilding", "senderCompany", "senderStreet")
    number = box.book(**dict.fromkeys(fields, long), instructions=long * 3, sendersRef=long[:60])
    assert len(document(box, "downloadparcellabels", waybillNumbers=number)) == 2
    assert len(document(box, "downloadewaybill", waybillNumber=number)) == 1


@pytest.mark.parametrize(
    ("call", "body", "words"),
    [
        ("downloadewaybill", {"waybillNumber": "ACP00000000"}, "Waybill ACP00000000 was not found."),
        ("downloadewaybill", {}, "waybillNumber is required."),
        ("downloadparcellabels", {"waybillNumbers": " , "}, "waybillNumbers is required."),
        ("downloadparcellabels", {"waybillNumbers": "ACP00000000-01"}, "was not found."),
    ],
)
def test_a_refusal_comes_as_json_instead_of_a_pdf(box: Box, call: str, body: dict[str, str], words: str) -> None:
    assert words in box.call(call, {"token": box.login(alternate=True), **body})["ex"]


def test_another_identitys_papers_are_not_found(box: Box) -> None:
    number = box.book()
    token = box.login(alternate=True, coast=True)
    assert "was not found" in box.call("downloadewaybill", {"token": token, "waybillNumber": number})["ex"]


def test_a_parcel_that_does_not_exist_has_no_label(box: Box) -> None:
    number = box.book()
    body = {"token": box.login(alternate=True), "waybillNumbers": f"{number}-03"}
    assert box.call("downloadparcellabels", body)["ex"] == f"Parcel {number}-03 was not found."


def scanned(box: Box, call: str, **body: str) -> list[list[str]]:
    """What a scanner reads from each page as it is printed, at 203 dots an inch."""
    answer = box.post(f"/api/service/{call}", {"token": box.login(alternate=True), **body})
    with pdfium.PdfDocument(answer.content) as pdf:
        pictures = [page.render(scale=203 / 72, grayscale=True).to_pil() for page in pdf]
    return [[code.text for code in zxingcpp.read_barcodes(picture)] for picture in pictures]


def test_a_scanner_reads_the_bar_codes(box: Box) -> None:
    number = box.book()
    assert scanned(box, "downloadparcellabels", waybillNumbers=number) == [[f"{number}-01"], [f"{number}-02"]]
    assert scanned(box, "downloadewaybill", waybillNumber=number) == [[number]]
