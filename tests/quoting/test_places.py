"""Places complete what is typed, by any of their names, and learn from BEX."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from accounts.models import ShippingAccount, User
from shipments import places
from shipments.models import Place, Quote
from tests.making import make_quote

pytestmark = pytest.mark.django_db
SOME = """suburb,street_code,box_code,area
STELLENBOSCH,7600,7599,STELLENBOSCH
STELLENBOSCH CENTRAL,7600,7599,STELLENBOSCH
CENTRAL,6001,6000,PORT ELIZABETH
HENNOPSPARK,0157,0172,PRETORIA
BOX ONLY,,0001,PRETORIA
"""


@pytest.fixture
def some(tmp_path: Path) -> Path:
    path = tmp_path / "some.csv"
    path.write_text(SOME, encoding="utf-8")
    places.import_file(path)
    return path


def names(text: str) -> list[str]:
    return [f"{place.suburb} {place.post_code}" for place in places.complete(text)]


def test_a_file_is_loaded_once_however_often_it_is_imported(some: Path) -> None:
    assert places.import_file(some) == (0, 4)
    assert Place.objects.count() == 4


def test_codes_keep_their_leading_noughts_and_boxes_are_no_places(some: Path) -> None:
    assert names("0157") == ["Hennopspark 0157"]
    assert names("box only") == []


@pytest.mark.parametrize("text", ["stellenb", "STELLENBOSCH", "7600", " stellenbosch  7600 ", "7600 stell"])
def test_a_place_is_found_by_suburb_by_code_and_by_both(some: Path, text: str) -> None:
    assert names(text)[0] == "Stellenbosch 7600"


def test_a_suburb_is_found_by_its_town(some: Path) -> None:
    assert names("pretoria") == ["Hennopspark 0157"]


@pytest.mark.parametrize("text", ["gqeberha", "port elizabeth", "gqeb"])
def test_a_renamed_town_is_found_by_both_names(some: Path, text: str) -> None:
    assert names(text) == ["Central 6001"]


def test_what_nobody_knows_completes_to_nothing(some: Path) -> None:
    assert names("xyzzy") == []
    assert names("  ") == []
    assert names("%") == []


def test_the_name_itself_comes_before_names_that_begin_with_it(some: Path) -> None:
    assert names("stellenbosch") == ["Stellenbosch 7600", "Stellenbosch Central 7600"]


def test_what_is_sent_to_often_comes_first_among_equals(some: Path) -> None:
    Place.objects.create(suburb="Stellenbosch", post_code="7613", search="stellenbosch\n7613\n", quoted=3)

    assert names("stellenb")[0] == "Stellenbosch 7613"


def test_what_bex_quoted_is_learnt_and_counted(account: ShippingAccount, booker: User) -> None:
    quote = make_quote(account, booker)
    places.learn(quote)
    places.learn(quote)

    learnt = Place.objects.get(suburb="Stellenbosch")
    assert (learnt.post_code, learnt.quoted) == ("7600", 2)
    assert learnt.learnt_at is not None
    assert names("stellen") == ["Stellenbosch 7600"]


def test_learning_does_not_double_a_place_that_was_imported_in_other_letters(
    some: Path, account: ShippingAccount, booker: User
) -> None:
    quote = make_quote(account, booker)
    Quote.objects.filter(pk=quote.pk).update(destination_suburb="STELLENBOSCH", destination_area="")
    quote.refresh_from_db()
    places.learn(quote)

    assert Place.objects.filter(suburb__iexact="stellenbosch").count() == 1


@pytest.mark.parametrize(
    ("suburb", "code", "is_known"),
    [
        ("Stellenbosch", "7600", True),
        ("stellenbosch", "7600", True),
        ("Stellenbosch", "7601", False),
        ("Gqeberha", "6001", True),
        ("Stellenbos", "7600", False),
    ],
)
def test_a_place_is_known_under_its_own_code_only(some: Path, suburb: str, code: str, is_known: bool) -> None:
    assert places.known(suburb, code) is is_known


def test_the_file_that_ships_with_the_project_knows_renamed_towns_by_both_names() -> None:
    call_command("import_places", verbosity=0)

    for new, old in [
        ("Gqeberha", "Port Elizabeth"),
        ("Polokwane", "Pietersburg"),
        ("Mbombela", "Nelspruit"),
        ("eMalahleni", "Witbank"),
        ("Makhanda", "Grahamstown"),
        ("Kariega", "Uitenhage"),
        ("Qonce", "King William's Town"),
        ("KuGompo City", "East London"),
        ("Gcuwa", "Butterworth"),
        ("KwaBhaca", "Mount Frere"),
        ("Emgwenya", "Waterval Boven"),
        ("eNtokozweni", "Machadodorp"),
        ("Modjadjiskloof", "Duiwelskloof"),
    ]:
        found, by_the_old_name = ({place.pk for place in places.complete(name, 2000)} for name in (new, old))
        assert found, new
        assert found <= by_the_old_name, new  # "Pietersburg" finds Paulpietersburg as well
    assert names("stellenbosch 7600")[0] == "Stellenbosch 7600"


def test_a_place_that_was_there_before_its_town_got_another_name_is_found_by_it(some: Path) -> None:
    Place.objects.create(suburb="Nahoon", area="East London", post_code="5241", search="nahoon\n5241\neast london\n")
    assert names("kugompo") == []
    places.import_file(some)
    assert names("kugompo") == ["Nahoon 5241"]


def test_a_file_of_another_layout_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a;b;c\n")

    with pytest.raises(CommandError, match=r"other\.csv"):
        call_command("import_places", str(path))
    with pytest.raises(CommandError, match="cannot be opened"):
        call_command("import_places", str(tmp_path / "none.csv"))


def test_completion_answers_with_what_fills_the_form(some: Path, as_booker: Client) -> None:
    [first, *_] = as_booker.get("/places/", {"q": "stellenbosch"}).json()["options"]

    assert first["fill"] == {"suburb": "Stellenbosch", "area": "Stellenbosch", "post_code": "7600"}
    assert first["label"] == "Stellenbosch 7600"


def test_completion_says_the_other_name(some: Path, as_booker: Client) -> None:
    [found] = as_booker.get("/places/", {"q": "gqeberha"}).json()["options"]

    assert "Gqeberha" in found["why"]


def test_completion_is_for_people_who_are_signed_in(client: Client) -> None:
    assert client.get("/places/", {"q": "stell"}).status_code == 302


@pytest.mark.parametrize(
    ("suburb", "area", "code", "others"),
    [
        ("Stellenbosch", "Durban", "7600", ["Stellenbosch"]),
        ("Stellenbosch", "stellenbosch", "7600", []),
        ("Central", "Port Elizabeth", "6001", []),
        ("Central", "Gqeberha", "6001", []),
        ("Idas Valley", "Stellenbosch", "7600", []),  # the town of the code's other suburbs
        ("Pinetown", "Durban", "3610", []),  # of which the list knows no area
    ],
)
def test_an_area_that_is_not_a_suburbs_is_told_from_one_that_is(
    some: Path, tmp_path: Path, suburb: str, area: str, code: str, others: list[str]
) -> None:
    more = tmp_path / "more.csv"
    more.write_text("suburb,street_code,box_code,area\nIDAS VALLEY,7600,,CAPE WINELANDS\nPINETOWN,3610,3600,-\n")
    places.import_file(more)
    assert places.areas_beside(suburb, area, code) == others
