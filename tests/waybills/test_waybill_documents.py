"""Labels and e-waybills: fetched once, kept, shown, or in words why not."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from accounts import gateway
from accounts.models import Identity, ShippingAccount, User
from bexapi import NotSent, WireRequest, WireResponse
from shipments import documents
from shipments.models import Document, Waybill
from tests.cast import ALTERNATE_TOKEN, ENDPOINT
from tests.courier import ScriptedBex, answer, refusal
from tests.waybills.papers import Make, pdf, pdf_answer, signed_in

pytestmark = pytest.mark.django_db
LABELS, EWAYBILL = Document.Kind.LABELS, Document.Kind.EWAYBILL


def labels_url(waybill: Waybill) -> str:
    return reverse("waybill-labels", args=[waybill.pk])


def test_labels_are_fetched_once_with_the_alternate_token_and_kept(
    make: Make, bex: ScriptedBex, as_booker: Client
) -> None:
    waybill = make("ACP00000123")
    bex.on("labels", pdf_answer(2))
    first, again = as_booker.get(labels_url(waybill)), as_booker.get(labels_url(waybill))
    assert first.content == again.content
    assert first.content.startswith(b"%PDF-")
    assert bex.sent("labels") == [{"token": ALTERNATE_TOKEN, "waybillNumbers": "ACP00000123"}]
    kept = Document.objects.get()
    assert (kept.kind, kept.pages, kept.size_bytes) == ("labels", 2, len(first.content))
    assert "ACP00000123" not in (kept.file.name or "")


def test_a_pdf_is_shown_under_a_telling_name_and_stays_with_this_browser(
    make: Make, bex: ScriptedBex, as_booker: Client
) -> None:
    waybill = make("ACP00000123")
    bex.on("ewaybill", pdf_answer())
    url = reverse("waybill-ewaybill", args=[waybill.pk])
    shown, taken = as_booker.get(url), as_booker.get(url, {"download": "1"})
    assert shown["Content-Type"] == "application/pdf"
    assert shown["Content-Disposition"] == 'inline; filename="ewaybill-ACP00000123.pdf"'
    assert taken["Content-Disposition"] == 'attachment; filename="ewaybill-ACP00000123.pdf"'
    assert shown["Cache-Control"] == "private, no-cache"
    assert (shown["X-Content-Type-Options"], shown["X-Frame-Options"]) == ("nosniff", "DENY")
    assert "Content-Security-Policy" in shown


def test_a_number_that_is_no_file_name_becomes_one(make: Make) -> None:
    assert documents.file_name(make('A/../"\r\n7'), LABELS) == "labels-A-------7.pdf"


def test_a_refusal_instead_of_a_pdf_is_shown_in_bex_words_and_not_kept(
    make: Make, bex: ScriptedBex, as_booker: Client
) -> None:
    waybill = make("ACP1")
    bex.on("labels", refusal("Waybill <b>ACP1</b> is not printable"), pdf_answer())
    refused = as_booker.get(labels_url(waybill))
    assert refused.status_code == 409
    assert "<blockquote>Waybill &lt;b&gt;ACP1&lt;/b&gt; is not printable</blockquote>" in refused.content.decode()
    assert not Document.objects.exists()
    assert as_booker.get(labels_url(waybill)).content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (NotSent("no route"), "BEX could not be reached in time."),
        (answer("<html>sorry</html>", content_type="text/html"), "BEX gave no usable PDF."),
        (answer(pdf()[:300], content_type="application/pdf"), "BEX gave no usable PDF."),
        (answer(b"%PDF-1.4 nothing in it\n%%EOF", content_type="application/pdf"), "BEX answered with a damaged PDF."),
        (answer("", status=503), "BEX gave no usable PDF."),
        (answer("", status=429), "BEX is busy."),
    ],
)
def test_what_is_no_pdf_is_said_in_words_with_a_way_to_try_again(
    make: Make, bex: ScriptedBex, as_booker: Client, reply: Any, words: str
) -> None:
    waybill = make("ACP1")
    bex.on("labels", reply)
    response = as_booker.get(labels_url(waybill))
    page = response.content.decode()
    assert (response.status_code, response["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert words in page
    assert f'href="{labels_url(waybill)}"' in page
    assert not Document.objects.exists()


@pytest.mark.parametrize("trial_is_refused", [False, True])
def test_a_refusal_is_never_judged_by_its_words(
    make: Make, bex: ScriptedBex, as_booker: Client, trial_is_refused: bool
) -> None:
    cache.clear()
    bex.on("labels", refusal("Not authorised: log in with a valid token."))
    if trial_is_refused:
        bex.on("quote", refusal("Whatever it says."))
    waybill = make("ACP1")
    page = as_booker.get(labels_url(waybill))
    assert page.status_code == 409
    words = page.content.decode()
    assert "<blockquote>Not authorised: log in with a valid token.</blockquote>" in words
    assert "Try again" in words
    assert ("refuses a trial quote" in words) is trial_is_refused


def test_only_a_booked_waybill_is_asked_about(make: Make, bex: ScriptedBex, as_booker: Client) -> None:
    page = as_booker.get(labels_url(make()))
    assert page.status_code == 409
    assert "Only a booked waybill has labels and an e-waybill. This one: Draft." in page.content.decode()
    assert bex.requests == []


def test_anothers_documents_are_not_there(make: Make, bex: ScriptedBex, as_stranger: Client) -> None:
    waybill = make("ACP1")
    assert as_stranger.get(labels_url(waybill)).status_code == 404
    assert as_stranger.get(reverse("waybill-ewaybill", args=[waybill.pk])).status_code == 404
    assert bex.requests == []


def test_an_identity_without_a_token_for_documents_says_who_mends_it(
    make: Make, bex: ScriptedBex, as_booker: Client, identity: Identity
) -> None:
    Identity.objects.filter(pk=identity.pk).update(sealed_alternate_token="")
    page = as_booker.get(labels_url(make("ACP1"))).content.decode()
    assert "Rooibok main has no token for documents. An admin logs it in again." in page
    assert "Try again" not in page


def test_a_number_of_another_endpoint_is_not_asked_for_here(make: Make, bex: ScriptedBex, as_booker: Client) -> None:
    page = as_booker.get(labels_url(make("ACP1", endpoint="http://127.0.0.2:9"))).content.decode()
    assert "It was booked at http://127.0.0.2:9" in page
    assert ENDPOINT not in page
    assert bex.requests == []


def test_a_file_that_the_storage_lost_or_changed_is_fetched_anew(make: Make, bex: ScriptedBex, settings: Any) -> None:
    waybill = make("ACP1")
    bex.on("labels", pdf_answer(1), pdf_answer(2), pdf_answer(3))
    path = Path(documents.fetch(waybill, LABELS).file.path)
    path.unlink()
    assert documents.fetch(waybill, LABELS).pages == 2
    Path(Document.objects.get().file.path).write_bytes(b"%PDF-1.4 something else")
    assert documents.fetch(waybill, LABELS).pages == 3
    assert Document.objects.count() == 1


def test_what_somebody_else_kept_while_it_was_downloaded_stays_alone(
    make: Make, bex: ScriptedBex, settings: Any
) -> None:
    waybill = make("ACP1")

    def another_prints_meanwhile(_: WireRequest) -> WireResponse:
        bex.on("labels", pdf_answer(2))
        documents.fetch(waybill, LABELS)
        return pdf_answer(3)

    bex.on("labels", another_prints_meanwhile)
    assert documents.fetch(waybill, LABELS).pages == 2
    assert len(list(Path(settings.MEDIA_ROOT).rglob("*.pdf"))) == 1


def test_a_storage_that_takes_nothing_is_said_in_words(
    make: Make, bex: ScriptedBex, as_booker: Client, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "documents").write_text("a file where the directory should be")
    bex.on("labels", pdf_answer())
    assert "it could not be stored here" in as_booker.get(labels_url(make("ACP1"))).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_who_print_at_once_keep_one(make: Make, settings: Any) -> None:
    waybill, both = make("ACP1"), Barrier(2)

    def slow(request: WireRequest) -> WireResponse:
        both.wait(10)
        return pdf_answer()

    def print_it(_: int) -> object:
        try:
            with gateway.transport_in_use(slow):
                return documents.fetch(Waybill.objects.get(pk=waybill.pk), LABELS).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(print_it, range(2)))) == 1
    assert Document.objects.count() == 1
    assert len(list(Path(settings.MEDIA_ROOT).rglob("*.pdf"))) == 1


# --- a selection -----------------------------------------------------------------------------------------------------
def print_labels(client: Client, *waybills: Waybill, **more: str) -> Any:
    return client.post(reverse("labels"), {"ids": [str(one.pk) for one in waybills], **more})


def widths(content: bytes) -> list[int]:
    return [int(page.mediabox.width) for page in PdfReader(io.BytesIO(content)).pages]


def by_number(request: WireRequest) -> WireResponse:
    """A page as wide as the number's last digits, so that the order can be read."""
    number = request.body.decode().split("ACP")[1].split('"')[0]
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=int(number), height=400)
    writer.write(out)
    return answer(out.getvalue(), content_type="application/pdf")


def test_the_labels_of_a_selection_come_as_one_pdf_in_the_lists_order(
    make: Make, bex: ScriptedBex, as_booker: Client
) -> None:
    oldest, middle, newest = make("ACP101"), make("ACP102"), make("ACP103")
    bex.on("labels", by_number)
    response = print_labels(as_booker, oldest, newest, middle)
    assert widths(response.content) == [103, 102, 101]
    assert 'inline; filename="labels-3-waybills-' in response["Content-Disposition"]
    print_labels(as_booker, oldest, newest, middle)
    assert len(bex.sent("labels")) == 3


def test_labels_that_are_missing_are_named_before_the_others_are_printed(
    make: Make, bex: ScriptedBex, as_booker: Client
) -> None:
    fine, refused, draft = make("ACP101"), make("ACP102"), make(senders_ref="SO-7")

    def one_refused(request: WireRequest) -> WireResponse:
        return refusal("Label blocked") if b"ACP102" in request.body else by_number(request)

    bex.on("labels", one_refused)
    response = print_labels(as_booker, fine, refused, draft)
    page = response.content.decode()
    assert "1 of the selected waybills has its labels ready, 2 have not." in page
    assert "ACP102</a>" in page
    assert "<q>Label blocked</q>" in page
    assert "SO-7</a>" in page
    assert "This one: Draft." in page
    without = print_labels(as_booker, fine, without_missing="1")
    assert widths(without.content) == [101]
    assert without["Content-Disposition"] == 'inline; filename="labels-ACP101.pdf"'


def test_an_unreachable_courier_loses_no_label_that_is_kept(make: Make, bex: ScriptedBex, as_booker: Client) -> None:
    kept, other = make("ACP101"), make("ACP102")
    bex.on("labels", by_number)
    print_labels(as_booker, kept)
    bex.on("labels", NotSent("no route"))
    page = print_labels(as_booker, kept, other).content.decode()
    assert "BEX could not be reached in time." in page
    assert "Print the labels of 1 waybill " in page


def test_nothing_can_be_printed_is_said_so(make: Make, bex: ScriptedBex, as_booker: Client) -> None:
    response = print_labels(as_booker, make())
    assert response.status_code == 409
    assert "No labels to print" in response.content.decode()
    assert "Print the labels" not in response.content.decode()


def test_an_empty_or_a_senseless_selection_says_what_to_do(as_booker: Client) -> None:
    for ids in ([], ["nonsense"]):
        response = as_booker.post(reverse("labels"), {"ids": ids})
        assert response.status_code == 422
        assert "Tick the waybills" in response.content.decode()


def test_anothers_waybill_in_a_selection_is_neither_printed_nor_passed_over_in_silence(
    make: Make, bex: ScriptedBex, coast: ShippingAccount, as_booker: Client
) -> None:
    own, other = make("ACP101"), make("ACP102", account=coast)
    bex.on("labels", by_number)
    page = print_labels(as_booker, own, other).content.decode()
    assert "1 of the selection is not there, or not yours to see." in page
    assert "ACP102" not in page
    assert len(bex.sent("labels")) == 1


def test_each_account_is_asked_with_its_own_identity(
    make: Make, bex: ScriptedBex, coast: ShippingAccount, admin: User
) -> None:
    coast.identity.keep_tokens(token="coast", alternate_token="coast-alternate")
    coast.identity.save()
    bex.on("labels", by_number)
    print_labels(signed_in(admin), make("ACP101"), make("ACP102", account=coast))
    assert {sent["waybillNumbers"]: sent["token"] for sent in bex.sent("labels")} == {
        "ACP101": ALTERNATE_TOKEN,
        "ACP102": "coast-alternate",
    }
