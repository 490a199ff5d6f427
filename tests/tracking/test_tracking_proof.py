"""Proof of delivery: one click from the page and from the list, as a page and as a PDF, for who may see the waybill."""

import io
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from bexapi import SAST
from shipments.models import Parcel, Waybill
from tests.courier import ScriptedBex, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tracking.observing import Said, take_in
from tracking.proof import proof_of
from tracking.sync import refresh, sync

LOADED = ("27-11-2026 07:06", "Loaded onto vehicle for delivery")
DRIVER = ("27-11-2026 10:42", "Driver confirmed successful delivery")
DELIVERED = ("30-11-2026 08:03", "Delivered to KHUMALO <S> at 10:42 on 27 Nov 2026")
POD = Said(
    "pod", datetime(2026, 11, 27, 10, 42, 31, tzinfo=SAST), "2026-11-27 10:42:31", signee="KHUMALO <S>", pieces=2
)


def url(waybill: Waybill, name: str = "waybill-proof") -> str:
    return reverse(name, args=[waybill.pk])


@pytest.fixture
def delivered(bex: ScriptedBex, book: Book) -> Waybill:
    """As a poll and a notification told it, of two pieces."""
    waybill = book("ACP1", senders_ref="SO-1042", references=["PO-77"])
    Parcel.objects.create(waybill=waybill, position=2, length_cm=1, breadth_cm=1, height_cm=1, weight_kg=1)
    take_in(waybill.pk, [POD], now=NOON)
    bex.on("track", tracked(("7", "ACP1", [DELIVERED, DRIVER, LOADED])))
    refresh(fresh(waybill), now=NOON + timedelta(days=3))
    return fresh(waybill)


@pytest.fixture
def confirmed(bex: ScriptedBex, book: Book) -> Waybill:
    """By the driver; BEX has not said who signed."""
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [DRIVER, LOADED])))
    sync(now=NOON, force=True)
    return fresh(waybill)


def text_of(pdf: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_it_holds_signee_time_and_pieces_and_each_source_of_each_event(delivered: Waybill) -> None:
    proof = proof_of(delivered)
    assert proof is not None
    assert (proof.signee, proof.pieces, proof.booked_pieces) == ("KHUMALO <S>", 2, 2)
    assert proof.delivered_at == datetime(2026, 11, 27, 10, 42, tzinfo=SAST)
    assert [(event.words, len(event.sayings)) for event in proof.events] == [
        ("Delivered", 2), ("Confirmed by the driver", 1),
    ]  # fmt: skip
    first, second = proof.events[0].sayings
    assert (first.source, first.pieces) == ("A notification of BEX with the proof of delivery", 2)
    assert (second.source, second.words) == ("BEX’s tracking, asked by this portal", DELIVERED[1])
    assert second.written_at == datetime(2026, 11, 30, 8, 3, tzinfo=SAST), "when BEX wrote its row"
    assert (first.heard_at, second.heard_at) == (NOON, NOON + timedelta(days=3))


def test_the_page_tells_it_with_references_and_receiver(as_booker: Client, delivered: Waybill) -> None:
    reply = as_booker.get(url(delivered))
    assert reply.status_code == 200
    text = " ".join(reply.content.decode().split())
    for words in (
        "KHUMALO &lt;S&gt;", "Fri 27 Nov 10:42", "2 of 2", "SO-1042", "PO-77", "O&#x27;Brien",
        "2 pieces signed for", "Delivered to KHUMALO &lt;S&gt; at 10:42 on 27 Nov 2026", "Mon 30 Nov 08:03",
    ):  # fmt: skip
        assert words in text, words
    assert "230.00" not in text
    assert url(delivered, "waybill-proof-pdf") in text


def test_the_pdf_tells_the_same(as_booker: Client, delivered: Waybill) -> None:
    reply = as_booker.get(url(delivered, "waybill-proof-pdf"))
    assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")
    assert reply["Content-Disposition"] == 'inline; filename="proof-ACP1.pdf"'
    assert "no-store" in reply["Cache-Control"]
    text = text_of(reply.content)
    for words in ("Proof of delivery", "ACP1", "KHUMALO <S>", "27 Nov 2026", "10:42", "2 of 2", "SO-1042", "PO-77",
                  "O'Brien & Söhne", "A notification of BEX with the proof of delivery", "30 Nov 2026"):  # fmt: skip
        assert words in text.replace("\xa0", " "), words
    assert "attachment" in as_booker.get(url(delivered, "waybill-proof-pdf"), {"download": 1})["Content-Disposition"]


def test_letters_that_no_font_has_break_nothing(as_booker: Client, delivered: Waybill) -> None:
    receiver = delivered.receiver
    assert receiver is not None
    receiver.company = "ŁÓDŹ 株式会社 <b>" + "X" * 100
    receiver.save()
    assert as_booker.get(url(delivered, "waybill-proof-pdf")).status_code == 200


def test_without_a_signee_the_drivers_confirmation_is_all_there_is_and_that_is_said(
    as_booker: Client, confirmed: Waybill
) -> None:
    text = as_booker.get(url(confirmed)).content.decode()
    assert "not known yet" in text
    assert "BEX has not told yet who signed" in text
    assert "BEX does not say how many were signed for" in text
    assert "BEX has not told yet who signed" in text_of(as_booker.get(url(confirmed, "waybill-proof-pdf")).content)


def test_fewer_pieces_than_were_sent_are_pointed_out(as_booker: Client, delivered: Waybill) -> None:
    Parcel.objects.create(waybill=delivered, position=3, length_cm=1, breadth_cm=1, height_cm=1, weight_kg=1)
    text = as_booker.get(url(delivered)).content.decode()
    assert "2 of 3" in text
    assert "not as many as were sent" in text


def test_what_is_not_delivered_has_no_proof_and_the_page_says_so(
    bex: ScriptedBex, as_booker: Client, book: Book
) -> None:
    waybill = book("ACP1")
    bex.on("track", tracked(("7", "ACP1", [LOADED])))
    sync(now=NOON, force=True)
    reply = as_booker.get(url(waybill))
    assert reply.status_code == 409
    assert "It is not delivered, as far as BEX has told" in reply.content.decode()
    pdf = as_booker.get(url(waybill, "waybill-proof-pdf"))
    assert (pdf.status_code, pdf["Location"]) == (302, url(waybill))
    for address in (reverse("waybill", args=[waybill.pk]), reverse("waybills")):
        assert url(waybill) not in as_booker.get(address).content.decode()


def test_it_is_one_click_from_the_page_and_from_the_list(as_booker: Client, delivered: Waybill) -> None:
    for address in (reverse("waybill", args=[delivered.pk]), reverse("waybills")):
        assert f'href="{url(delivered)}"' in as_booker.get(address).content.decode(), address


def test_another_shipment_under_the_number_proves_nothing(bex: ScriptedBex, book: Book) -> None:
    waybill = book("ACP1")
    bex.on(
        "track",
        tracked(("7", "ACP1", [DRIVER, LOADED])),
        tracked(("7", "ACP1", [DRIVER, LOADED]), ("8", "ACP1", [DELIVERED])),
    )
    for hours in (0, 20):
        sync(now=NOON + timedelta(hours=hours), force=True)
    proof = proof_of(fresh(waybill))
    assert proof is not None
    assert [event.words for event in proof.events] == ["Confirmed by the driver"]


def test_anothers_is_not_there(as_stranger: Client, delivered: Waybill) -> None:
    for name in ("waybill-proof", "waybill-proof-pdf"):
        assert as_stranger.get(url(delivered, name)).status_code == 404
