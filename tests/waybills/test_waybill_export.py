"""The list as CSV."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Grant, Role, ShippingAccount, User
from tests.waybills.papers import Make, signed_in

pytestmark = pytest.mark.django_db
CSV = reverse("waybills-csv")


def exported(client: Client, **query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(client.get(CSV, query)).removeprefix("\ufeff"))))


def text_of(response: Any) -> str:
    return str(b"".join(response.streaming_content).decode())


def test_every_row_that_the_filters_find_is_in_it(make: Make, as_booker: Client) -> None:
    for place in range(60):
        make(f"ACP{place:03}")
    make(senders_ref="SO-1")
    rows = exported(as_booker, state="booked")
    assert [row["Waybill"] for row in rows] == [f"ACP{place:03}" for place in reversed(range(60))]
    assert rows[0]["State"] == "No event yet"
    assert rows[0]["Rand, VAT included"] == "230.00"
    assert rows[0]["kg"] == "4.50"


def test_excel_reads_its_letters(make: Make, as_booker: Client) -> None:
    make("ACP1")
    response = as_booker.get(CSV)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="waybills-')
    text = text_of(response)
    assert text.startswith("\ufeffWaybill,State,")
    assert "Söhne" in text
    assert text.endswith("\r\n")


@pytest.mark.parametrize("bad", ["=cmd|'/c calc'!A1", "+1", "-2+3", "@SUM(A1)", "\t=1", "  =1", "＝1"])
def test_no_cell_becomes_a_formula(make: Make, as_booker: Client, bad: str) -> None:
    make(
        "ACP1", senders_ref=bad, signee=bad, references=[bad], to={"company": bad, "suburb": bad, "post_code": bad[:10]}
    )
    [row] = exported(as_booker)
    for head in ("Sender's reference", "Signee", "Further references", "Receiver", "Suburb", "Post code"):
        assert row[head].startswith("'"), head


def test_a_reference_with_commas_quotes_and_lines_stays_one_cell(make: Make, as_booker: Client) -> None:
    make("ACP1", senders_ref='a,"b"\r\nc')
    assert [row["Sender's reference"] for row in exported(as_booker)] == ['a,"b"\r\nc']


def test_prices_stand_only_where_the_reader_may_see_them(
    make: Make, coast: ShippingAccount, priceless_booker: User
) -> None:
    make("ACP1"), make("COAST1", account=coast)
    client = signed_in(priceless_booker)
    assert "Rand, VAT included" not in exported(client)[0]
    Grant.objects.create(user=priceless_booker, account=coast, role=Role.VIEWER)
    assert "Rand, VAT included" not in exported(client, q="ACP1")[0]
    assert {row["Waybill"]: row["Rand, VAT included"] for row in exported(client)} == {"ACP1": "", "COAST1": "230.00"}


def test_anothers_rows_are_not_in_it(make: Make, coast: ShippingAccount, as_booker: Client) -> None:
    make("ACP1"), make("COAST1", account=coast)
    assert [row["Waybill"] for row in exported(as_booker)] == ["ACP1"]


def test_a_filter_that_makes_no_sense_goes_back_to_its_field(as_booker: Client) -> None:
    assert as_booker.get(CSV, {"since": "x"})["Location"] == reverse("waybills") + "?since=x"


def test_no_more_queries_for_sixty_rows_than_for_five(
    make: Make, as_booker: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(5):
        make(f"ACP{place}")
    with django_assert_max_num_queries(15) as five:
        exported(as_booker)
    for place in range(5, 60):
        make(f"ACP{place}")
    with django_assert_max_num_queries(15) as sixty:
        assert len(exported(as_booker)) == 60
    assert len(sixty) == len(five)
