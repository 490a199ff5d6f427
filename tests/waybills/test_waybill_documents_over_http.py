"""PDFs of the sandbox courier, over real HTTP."""

import io
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts.identities import log_in
from accounts.models import ShippingAccount, User
from shipments import documents
from shipments.models import Document, Waybill
from tests.courier import Courier
from tests.waybills.papers import Make, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(courier: Courier, settings: Any, admin: User) -> ShippingAccount:
    """An account of an identity that really logged in."""
    settings.BEX_API_URL = courier.url
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    return ShippingAccount.objects.create(number="316085", name="Desk", identity=identity)


@pytest.fixture
def planted(courier: Courier, desk: ShippingAccount, make: Make) -> list[Waybill]:
    """Two waybills that the sandbox knows."""
    numbers = [courier.control("plant", {"account": "316085"})["numbers"][0] for _ in range(2)]
    return [make(number, account=desk, endpoint=courier.url) for number in numbers]


def text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_both_papers_come_with_their_number_on_them(planted: list[Waybill], admin: User) -> None:
    client, waybill = signed_in(admin), planted[0]
    for name in ("waybill-labels", "waybill-ewaybill"):
        response = client.get(reverse(name, args=[waybill.pk]))
        assert response["Content-Type"] == "application/pdf"
        assert waybill.waybill_number in text(response.content)
    assert Document.objects.count() == 2


def test_a_selection_is_one_pdf_of_both(planted: list[Waybill], admin: User) -> None:
    response = signed_in(admin).post(reverse("labels"), {"ids": [str(one.pk) for one in planted]})
    printed = text(response.content)
    first, second = planted
    assert printed.index(second.waybill_number) < printed.index(first.waybill_number)


@pytest.mark.parametrize(
    ("fault", "status"),
    [("ex", 409), ("ended_token", 409), ("cut_before", 503), ("cut_body", 503), ("html", 503), ("truncated", 503)],
)
def test_after_a_fault_the_next_try_prints(
    courier: Courier, planted: list[Waybill], admin: User, fault: str, status: int
) -> None:
    client, url = signed_in(admin), reverse("waybill-labels", args=[planted[0].pk])
    courier.fault("labels", fault)
    assert client.get(url).status_code == status
    if fault == "ended_token":
        log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    assert client.get(url).content.startswith(b"%PDF-")


def test_a_number_that_bex_does_not_know_is_refused_in_its_words(
    courier: Courier, desk: ShippingAccount, make: Make, admin: User
) -> None:
    waybill = make("NOSUCH1", account=desk, endpoint=courier.url)
    page = signed_in(admin).get(reverse("waybill-labels", args=[waybill.pk])).content.decode()
    assert "was not found" in page
    with pytest.raises(documents.DocumentRefused):
        documents.fetch(waybill, Document.Kind.EWAYBILL)
