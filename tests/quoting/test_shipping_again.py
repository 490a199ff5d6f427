"""Any waybill starts the next one, as it was or the way back: what was said once is not asked again."""

from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ShippingAccount, User
from shipments.models import Place, Quote, Waybill
from tests.courier import ScriptedBex
from tests.making import make_waybill

pytestmark = pytest.mark.django_db
NEW = "/quotes/new/"


class Fields(HTMLParser):
    """What a browser would send of the quote form as it stands, lines of the template left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if tag == "input" and name and "__prefix__" not in name and told.get("type") != "checkbox":
            self.values[name] = told.get("value", "")
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in told:
            self.values[self.select] = told["value"]


@pytest.fixture
def before(account: ShippingAccount, booker: User) -> Waybill:
    waybill = make_waybill(
        account, booker, insurance_value=Decimal("84000.00"), instructions="Gate 3, ask for stores.",
        references=["PO 4471", "Job 12"], senders_ref="INV-1001",
    )  # fmt: skip
    waybill.parcels.update(reference="Box A")
    return waybill


def draft_of_the_next(client: Client, address: str) -> Waybill:
    """Through the pages, as a person does it."""
    typed = Fields(client.get(address).content.decode()).values
    assert client.post(NEW, typed).status_code == 302
    quote = Quote.objects.all()[0]
    again = reverse("quote-reprice", args=[quote.pk])
    page = client.post(again, Fields(client.get(reverse("quote", args=[quote.pk])).content.decode()).values)
    assert page.status_code == 302
    newest = Quote.objects.all()[0]
    assert newest.repeats == quote
    client.post(reverse("quote-choose", args=[newest.pk]), {"option": str(newest.options.all()[0].pk)})
    return Waybill.objects.get(quote_option__quote=newest)


def test_as_it_was_all_of_it_comes_along_but_the_senders_reference(
    as_booker: Client, before: Waybill, bex: ScriptedBex
) -> None:
    draft = draft_of_the_next(as_booker, f"{NEW}?waybill={before.pk}")
    assert draft.insurance_value == Decimal("84000.00")
    assert draft.instructions == "Gate 3, ask for stores."
    assert draft.references == ["PO 4471", "Job 12"]
    assert draft.senders_ref == ""
    assert draft.parcels.get().reference == "Box A"
    page = as_booker.get(reverse("waybill-book", args=[draft.pk])).content.decode()
    assert "Gate 3, ask for stores." in page
    assert 'value="84000.00"' in page


def test_the_way_back_leaves_out_what_was_said_about_the_other_door(
    as_booker: Client, before: Waybill, bex: ScriptedBex
) -> None:
    draft = draft_of_the_next(as_booker, f"{NEW}?waybill={before.pk}&way=back")
    assert draft.receiver is not None
    assert draft.receiver.post_code == "2196"
    assert (draft.insurance_value, draft.references) == (Decimal("84000.00"), ["PO 4471", "Job 12"])
    assert draft.instructions == ""


def test_a_quote_of_it_starts_the_next_one_likewise(as_booker: Client, before: Waybill, bex: ScriptedBex) -> None:
    first = draft_of_the_next(as_booker, f"{NEW}?waybill={before.pk}")
    assert first.quote_option is not None
    draft = draft_of_the_next(as_booker, f"{NEW}?again={first.quote_option.quote_id}")
    assert draft.instructions == "Gate 3, ask for stores."


def test_what_one_may_not_see_is_not_taken_along(
    as_booker: Client, before: Waybill, coast: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    typed = Fields(as_booker.get(f"{NEW}?waybill={before.pk}").content.decode()).values
    theirs = make_waybill(coast, booker, instructions="Not yours to read.")
    as_booker.post(NEW, {**typed, "again_of": str(theirs.pk)})
    assert Quote.objects.all()[0].starts_from is None


def test_the_town_of_a_typed_receiver_is_known(
    as_booker: Client, account: ShippingAccount, usual_sender: object, bex: ScriptedBex
) -> None:
    Place.objects.create(suburb="Kayamandi", area="Stellenbosch", post_code="7600", search="kayamandi\n7600\n")
    typed = Fields(as_booker.get(NEW).content.decode()).values
    typed |= {
        "destination_name": "Cape Optics", "destination_suburb": "Kayamandi", "destination_post_code": "7600",
        "parcels-0-length_cm": "40", "parcels-0-breadth_cm": "40", "parcels-0-height_cm": "20",
        "parcels-0-weight_kg": "18", "anyway": "1",
    }  # fmt: skip
    as_booker.post(NEW, typed)
    quote = Quote.objects.get()
    as_booker.post(reverse("quote-choose", args=[quote.pk]), {"option": str(quote.options.all()[0].pk)})
    page = as_booker.get(reverse("waybill-book", args=[Waybill.objects.get().pk])).content.decode()
    assert Fields(page).values["receiver_city"] == "Stellenbosch"
