"""The search box: an exact name leads to its waybill, anything else to a list."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount
from shipments.models import Submission, Waybill
from shipments.searching import folded, search_text
from tests.waybills.papers import Make

pytestmark = pytest.mark.django_db


def leads_to(client: Client, text: str) -> str:
    return client.get(reverse("find"), {"q": text})["Location"]


def page_of(waybill: Waybill) -> str:
    return reverse("waybill", args=[waybill.pk])


@pytest.mark.parametrize(
    "text",
    [
        "ACP00000123",
        "acp00000123",
        "  ACP00000123\t",
        "ACP00000123-02",
        "ACP 000 00123",
        "SO-88214",
        "so-88214",
        "Rückgabe 7",
    ],
)
def test_an_exact_number_or_reference_leads_straight_to_its_waybill(make: Make, as_booker: Client, text: str) -> None:
    waybill = make("ACP00000123", senders_ref="SO-88214", references=["RMA-1", "Rückgabe 7"])
    make("ACP000001234", senders_ref="SO-882140")
    assert leads_to(as_booker, text) == page_of(waybill)


@pytest.mark.parametrize(
    "text",
    ["abcdefghjk23456789qr", "ABCD EFGH JK23 4567 89QR", "ABCD\N{NO-BREAK SPACE}EFGH JK23  4567 89QR"],
)
def test_an_attempts_reference_leads_to_its_waybill_as_it_is_printed_for_the_telephone_too(
    make: Make, as_booker: Client, text: str
) -> None:
    waybill = make(booking_state="unknown")
    Submission.objects.create(
        waybill=waybill, number=1, outcome="lost", reference="ABCDEFGHJK23456789QR", waybill_version=1,
        account=waybill.account, identity=waybill.account.identity, endpoint=waybill.endpoint, payload={},
        lease_until=timezone.now() - timedelta(minutes=1), lease_boot_id="x", lease_until_tick=1.0,
    )  # fmt: skip
    assert leads_to(as_booker, text) == page_of(waybill)


def test_a_reference_of_several_waybills_leads_to_the_list_of_them(make: Make, as_booker: Client) -> None:
    make("ACP1", senders_ref="SO-7"), make("ACP2", senders_ref="SO-7")
    assert leads_to(as_booker, "SO-7") == reverse("waybills") + "?q=SO-7"


@pytest.mark.parametrize("text", ["ACP0000012", "SO-8821", "Söhne", "x & y #5", "%", "_"])
def test_a_part_leads_to_the_list(make: Make, as_booker: Client, text: str) -> None:
    make("ACP00000123", senders_ref="SO-88214")
    assert leads_to(as_booker, text).startswith(reverse("waybills") + "?q=")


def test_anothers_number_leads_to_a_list_without_it(make: Make, coast: ShippingAccount, as_booker: Client) -> None:
    make("COAST1", account=coast, senders_ref="SO-9")
    for text in ("COAST1", "SO-9"):
        page = as_booker.get(reverse("find"), {"q": text}, follow=True).content.decode()
        assert "Nothing matches" in page


@pytest.mark.parametrize("text", ["", "   ", "\0", "´"])
def test_nothing_typed_leads_to_the_list(make: Make, as_booker: Client, text: str) -> None:
    make("ACP1")
    assert leads_to(as_booker, text).split("?")[0] == reverse("waybills")


def test_wildcards_of_the_database_are_letters_like_others(make: Make, as_booker: Client) -> None:
    make("ACP1", to={"company": "Fifty Percent", "contact_name": "", "suburb": "Knysna"})
    assert "Nothing matches" in as_booker.get(reverse("find"), {"q": "f%y"}, follow=True).content.decode()
    assert "Nothing matches" in as_booker.get(reverse("find"), {"q": "AC_1"}, follow=True).content.decode()


def test_folding_takes_away_case_accents_and_spaces() -> None:
    assert folded("  Müller-Straße\t É Ø ŁÓDŹ ") == "muller-strasse e o lodz"


def test_what_a_waybill_is_found_by_fits_its_column(make: Make) -> None:
    waybill = make("ACP1", references=["ß" * 50] * 20, to={"company": "ß" * 100})
    assert len(search_text(waybill)) <= 600
    assert search_text(waybill).startswith("acp1\n")
