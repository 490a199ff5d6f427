"""What admins keep for those who ship: usual parcels, places, the address book."""

import pytest
from django.test import Client

from accounts.models import Address, ShippingAccount, TrailEntry, User
from shipments import address_book, places
from shipments.models import AddressBookEntry, ParcelPreset, Place
from tests.making import RECEIVER
from tests.quoting.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin(admin: User) -> Client:
    return signed_in(admin)


def test_a_usual_parcel_is_added_and_offered_on_the_quote_page(as_admin: Client, as_booker: Client) -> None:
    box = {
        "name": "Probe box",
        "length_cm": "30",
        "breadth_cm": "20",
        "height_cm": "10",
        "weight_kg": "",
        "position": 1,
    }
    assert as_admin.post("/admin/shipments/parcelpreset/add/", box).status_code == 302

    assert ParcelPreset.objects.get().weight_kg is None
    assert "Probe box" in as_booker.get("/quotes/new/").content.decode()
    assert TrailEntry.objects.filter(action="parcelpreset.added").exists()


def test_a_place_that_an_admin_writes_is_found_by_all_its_names(as_admin: Client) -> None:
    new = {"suburb": "Qonce", "area": "", "post_code": "5601", "province": "", "also": "King, Old King"}
    assert as_admin.post("/admin/shipments/place/add/", new).status_code == 302

    for typed in ("qonce", "5601", "old king"):
        assert [place.suburb for place in places.complete(typed)] == ["Qonce"]


def test_places_are_listed_and_searched(as_admin: Client) -> None:
    Place.objects.create(suburb="Paarl", post_code="7646", search="paarl\n7646\n")
    assert "Paarl" in as_admin.get("/admin/shipments/place/", {"q": "7646"}).content.decode()


def test_an_entry_leaves_the_address_book_and_the_trail_does_not_say_whose_it_was(
    as_admin: Client, account: ShippingAccount
) -> None:
    entry = address_book.remember(account, "receiver", Address.objects.create(**RECEIVER))
    page = as_admin.get("/admin/shipments/addressbookentry/").content.decode()
    assert "Brien" in page

    url = f"/admin/shipments/addressbookentry/{entry.pk}/delete/"
    assert as_admin.post(url, {"post": "yes"}).status_code == 302

    assert not AddressBookEntry.objects.exists()
    line = TrailEntry.objects.get(action="address-book.deleted")
    assert "Brien" not in f"{line.object_text}{line.detail}"


def test_these_lists_are_for_superusers(as_booker: Client) -> None:
    assert as_booker.get("/admin/shipments/place/").status_code in {302, 403}
