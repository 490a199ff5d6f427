"""Documents come as PDF, or with words instead."""

import pytest

from bexapi import BexOutcomeUnknown, BexRejected, WireRequest, WireResponse
from tests.bexapi.cast import ALTERNATE, PDF, TOKEN, Answering, answered, client


def test_the_ewaybill_is_asked_for_with_the_alternate_token_in_the_body() -> None:
    transport = Answering(PDF, headers={"Content-Type": "application/json"})
    assert client(transport).download_ewaybill("ACP1") == PDF
    request = transport.requests[0]
    assert request.url == "https://bex.example/api/service/downloadewaybill"
    assert transport.sent == {"token": ALTERNATE, "waybillNumber": "ACP1"}
    assert ALTERNATE not in str(dict(request.headers)) + request.url
    assert TOKEN not in str(dict(request.headers))


def test_labels_of_several_waybills_come_in_one_pdf() -> None:
    transport = Answering(PDF)
    assert client(transport).download_labels(["ACP1", "ACP2"]) == PDF
    assert transport.requests[0].url == "https://bex.example/api/service/downloadparcellabels"
    assert transport.sent == {"token": ALTERNATE, "waybillNumbers": "ACP1,ACP2"}


@pytest.mark.parametrize("numbers", [[], [""], ["A,B"], "ACP1"])
def test_what_is_no_list_of_numbers_is_not_sent(numbers: list[str]) -> None:
    transport = Answering(PDF)
    with pytest.raises(ValueError):
        client(transport).download_labels(numbers)
    assert transport.requests == []


def test_ex_instead_of_a_pdf_is_a_refusal_with_its_words() -> None:
    body = b'{"id": 0, "ex": "Waybill ACP1 was not found, no %PDF- for it."}'
    client = answered(body, headers={"Content-Type": "application/pdf"})
    with pytest.raises(BexRejected) as caught:
        client.download_ewaybill("ACP1")
    assert caught.value.message == "Waybill ACP1 was not found, no %PDF- for it."


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>%PDF-</html>", b"{}", b'{"items": []}', b'{"ex": ""}', PDF[:-8], b"%PDF-1.4", b"JVBERi0xLjQK"],
)
def test_what_is_neither_a_whole_pdf_nor_ex_is_an_unknown_outcome(body: bytes) -> None:
    with pytest.raises(BexOutcomeUnknown):
        answered(body).download_labels(["ACP1"])


def test_a_pdf_whose_end_did_not_come_is_not_handed_out() -> None:
    def cut(request: WireRequest) -> WireResponse:
        return WireResponse(200, {}, PDF, cut_short="the reply was cut short")

    with pytest.raises(BexOutcomeUnknown) as caught:
        client(cut).download_ewaybill("ACP1")
    assert caught.value.reason == "the reply was cut short"
