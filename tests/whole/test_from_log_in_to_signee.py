"""The whole way over real HTTP: log in, quote, choose, book, print, track, until somebody signed."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import ShippingAccount
from shipments import sending
from shipments.forms.booking import initial_of
from shipments.models import Quote, Waybill
from tests.courier import Courier
from tests.making import RECEIVER, coming_monday
from tracking.sync import sync

pytestmark = pytest.mark.django_db(transaction=True)


def quote_form() -> dict[str, Any]:
    return {
        "account": ShippingAccount.objects.get().pk, "dispatch_date": coming_monday().isoformat(),
        "origin_suburb": "Sandton", "origin_area": "Johannesburg", "origin_post_code": "2196",
        "destination_suburb": "Stellenbosch", "destination_area": "Stellenbosch", "destination_post_code": "7600",
        "parcels-TOTAL_FORMS": "1", "parcels-INITIAL_FORMS": "0", "parcels-0-pieces": "2",
        "parcels-0-length_cm": "40", "parcels-0-breadth_cm": "30", "parcels-0-height_cm": "30",
        "parcels-0-weight_kg": "4.5",
    }  # fmt: skip


def book(clerk: Client, **more: Any) -> Waybill:
    """From the quote page to the worker's sending."""
    clerk.post(reverse("quote-new"), quote_form())
    quote = Quote.objects.latest("created_at")
    option = quote.options.get(service_code="ONC", add_on="")
    clerk.post(reverse("quote-choose", args=[quote.pk]), {"option": str(option.pk)})
    waybill = Waybill.objects.get(quote_option=option)
    form = {name: value for name, value in initial_of(waybill).items() if value is not None}
    form |= {f"receiver_{name}": value for name, value in RECEIVER.items()}
    clerk.post(reverse("waybill-book", args=[waybill.pk]), {**form, "book": "1", **more})
    sending.send(waybill.pk)
    return Waybill.objects.get(pk=waybill.pk)


def test_the_whole_way(clerk: Client, courier: Courier) -> None:
    waybill = book(clerk, senders_ref="SO-88243", references="PO 4500017723")
    (at_bex,) = courier.waybills
    assert (waybill.booking_state, waybill.waybill_number) == ("booked", at_bex["number"])
    assert waybill.prices.count() == 2

    labels = clerk.get(reverse("waybill-labels", args=[waybill.pk]))
    assert labels["Content-Type"] == "application/pdf"
    content = b"".join(labels)
    pdf = PdfReader(io.BytesIO(content))
    assert len(pdf.pages) == 2
    assert waybill.waybill_number in pdf.pages[0].extract_text()
    assert clerk.get(reverse("waybill-ewaybill", args=[waybill.pk])).status_code == 200

    courier.control(f"waybills/{waybill.waybill_number}/deliver", {})
    for minutes in (0, 60, 24 * 60, 4 * 24 * 60):
        sync(force=True, now=timezone.now() + timedelta(minutes=minutes))
    waybill.refresh_from_db()
    assert waybill.transit_state == "delivered"
    assert waybill.signee
    assert waybill.tracking_due_at is None
    page = clerk.get(reverse("waybill", args=[waybill.pk])).content.decode()
    assert waybill.signee in page


def test_the_courier_gets_what_was_typed(clerk: Client, courier: Courier) -> None:
    book(clerk, senders_ref="SO-88243", instructions="Loading bay: O'Brien & Söhne #5 + 3%", insurance_value="84000.00")
    (call,) = [one for one in courier.control("calls?operation=submit") if one.get("operation", "submit") == "submit"]
    assert call
    (at_bex,) = courier.waybills
    assert at_bex["senders_ref"] == "SO-88243"


@pytest.mark.parametrize(
    ("kind", "more", "state"),
    [
        ("cut_before", {}, "unanswered"),
        ("cut_after", {}, "unanswered"),
        ("hang_before", {"seconds": 20}, "unanswered"),
        ("drip", {"seconds": 20}, "unanswered"),
        ("status", {"status": 500}, "unanswered"),
        ("status", {"status": 429}, "unanswered"),
        ("status", {"status": 401}, "refused"),
        ("html", {}, "unanswered"),
        ("truncated", {}, "unanswered"),
        ("empty", {}, "unanswered"),
        ("ex", {"text": "No rates."}, "refused"),
    ],
)
def test_each_fault_of_a_quote_is_kept_and_said(
    clerk: Client, courier: Courier, settings: Any, kind: str, more: dict[str, Any], state: str
) -> None:
    settings.BEX_READ_TIMEOUT, settings.BEX_DEADLINE, settings.BEX_CONNECT_TIMEOUT = 1, 2, 1
    courier.fault("quote", kind, **more)
    page = clerk.post(reverse("quote-new"), quote_form(), follow=True).content.decode()
    assert Quote.objects.get().state == state
    assert ("No rates." if kind == "ex" else "BEX gave no") in page
    assert 'value="Stellenbosch"' in page


@pytest.mark.parametrize("kind", ["cut_before", "html", "truncated", "empty", "ex", "status"])
def test_each_fault_of_a_document_is_said_and_the_next_try_works(clerk: Client, courier: Courier, kind: str) -> None:
    waybill = book(clerk)
    courier.fault("labels", kind, **({"status": 503} if kind == "status" else {}))
    url = reverse("waybill-labels", args=[waybill.pk])
    first = clerk.get(url)
    assert first["Content-Type"].startswith("text/html")
    assert clerk.get(url)["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("kind", ["cut_before", "html", "truncated", "empty", "ex", "status"])
def test_each_fault_of_tracking_leaves_it_due(clerk: Client, courier: Courier, kind: str) -> None:
    waybill = book(clerk)
    courier.fault("track", kind, times=5, **({"status": 503} if kind == "status" else {}))
    sync(force=True)
    waybill.refresh_from_db()
    assert waybill.tracking_due_at is not None
    assert waybill.booking_state == "booked"
    courier.no_faults()
    courier.control(f"waybills/{waybill.waybill_number}/step", {})
    sync(force=True, now=timezone.now() + timedelta(hours=3))
    assert waybill.events.exists()
