"""Places: suburbs with area and street code. The list completes what is typed and learns; BEX decides what it knows."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.utils import timezone

from accounts.models import User
from shipments.models import Place, Quote
from shipments.searching import folded

DATA = Path(__file__).parent / "data"
POST_OFFICE = DATA / "post-office-ZA.csv"
GEONAMES = DATA / "geonames-postal-ZA.txt"
# Renamed towns are found by both names. The first is the one of today.
RENAMED = (
    ("Gqeberha", "Port Elizabeth"),
    ("Makhanda", "Grahamstown"),
    ("Kariega", "Uitenhage"),
    ("Mbombela", "Nelspruit"),
    ("eMalahleni", "Witbank"),
    ("Komani", "Queenstown"),
    ("Polokwane", "Pietersburg"),
    ("Qonce", "King William's Town"),
    ("Qonce", "King Williams Town"),
    ("Modimolle", "Nylstroom"),
    ("Mokopane", "Potgietersrus"),
    ("Bela-Bela", "Warmbaths"),
    ("Bela-Bela", "Warmbad"),
    ("Lephalale", "Ellisras"),
    ("Musina", "Messina"),
    ("Makhado", "Louis Trichardt"),
    ("Mookgophong", "Naboomspruit"),
    ("Emakhazeni", "Belfast"),
    ("Mashishing", "Lydenburg"),
    ("eMkhondo", "Piet Retief"),
    ("KwaDukuza", "Stanger"),
    ("Mthatha", "Umtata"),
    ("Robert Sobukwe Town", "Graaff-Reinet"),
    ("Maletswai", "Aliwal North"),
    ("Tlokwe", "Potchefstroom"),
    ("Mahikeng", "Mafikeng"),
    ("KwaNojoli", "Somerset East"),
    ("Nxuba", "Cradock"),
    ("KuGompo City", "East London"),
    ("Xamdeboo", "Aberdeen"),
    ("Gcuwa", "Butterworth"),
    ("KwaBhaca", "Mount Frere"),
    ("MaXesibeni", "Mount Ayliff"),
    ("Tlokoeng", "Mount Fletcher"),
    ("Nqanqarhu", "Maclear"),
    ("Khowa", "Elliot"),
    ("KwaMaqoma", "Fort Beaufort"),
    ("Ntabozuko", "Berlin"),
    ("Cacadu", "Lady Frere"),
    ("Dutywa", "Idutywa"),
    ("Ngcobo", "Engcobo"),
    ("Bhisho", "Bisho"),
    ("Winnie Mandela", "Brandfort"),
    ("oThongathi", "Tongaat"),
    ("eManzimtoti", "Amanzimtoti"),
    ("eManzana", "Badplaas"),
    ("Emnotweni", "Dullstroom"),
    ("Emgwenya", "Waterval Boven"),
    ("Emgwenya", "Waterval-Boven"),
    ("eNtokozweni", "Machadodorp"),
    ("Modjadjiskloof", "Duiwelskloof"),
)
# Each name with all the names of that town, so that both spellings of an old one find the same places.
_NAMES: dict[str, set[str]] = {}
for _new, _old in RENAMED:
    _town = _NAMES.setdefault(_new.casefold(), {_new})
    _town.add(_old)
    _NAMES[_old.casefold()] = _town

LONGEST_SEARCH = 400
_SMALL = frozenset({"van", "der", "den", "de", "of", "the", "aan", "op", "and", "en"})


class UnknownLayout(Exception):
    """A file that is neither the Post Office's nor GeoNames'."""


@dataclass(frozen=True)
class Row:
    suburb: str
    area: str
    post_code: str


def complete(text: str, limit: int = 10) -> list[Place]:
    """Places in which each typed word occurs: those that begin with it first, then those quoted most."""
    words = folded(text).split()
    if not words:
        return []
    found = Place.objects.all()
    for word in words[:6]:
        found = found.filter(search__contains=word)
    whole = " ".join(words)
    rank = Case(
        When(search__startswith=f"{whole}\n", then=Value(0)),
        When(Q(search__startswith=whole) | Q(post_code__startswith=whole), then=Value(1)),
        When(search__startswith=words[0], then=Value(2)),
        When(search__contains=f"\n{words[0]}", then=Value(3)),
        When(search__contains=f" {words[0]}", then=Value(4)),
        default=Value(5),
        output_field=IntegerField(),
    )
    town_first = Case(When(suburb__iexact=F("area"), then=Value(0)), default=Value(1), output_field=IntegerField())
    ranked = found.annotate(rank=rank, town=town_first).order_by("rank", "-quoted", "town", "suburb", "post_code")
    return list(ranked[:limit])


def known(suburb: str, post_code: str) -> bool:
    """Whether this suburb (or area, or an older name of either) is known under this code."""
    name = folded(suburb)
    return any(name in place.search.split("\n") for place in Place.objects.filter(post_code=post_code.strip()))


def areas_beside(suburb: str, area: str, post_code: str) -> list[str]:
    """The areas that are known of this suburb where none of the places of its code is called like that one; else none.

    A town that other suburbs of the code belong to fits this one as well.
    """
    name, suburb = folded(area), folded(suburb)
    found = list(Place.objects.filter(post_code=post_code.strip()))
    if any(name in place.search.split("\n") for place in found):
        return []
    areas = {place.area for place in found if suburb in place.search.split("\n") and place.area.strip("-")}
    return sorted(areas)


def priced_before(by: User, suburb: str, area: str, post_code: str) -> bool:
    """Whether this person priced just that place before, as either end: who was warned then is not warned again."""
    ends = Q()
    for end in ("origin", "destination"):
        ends |= Q(
            **{f"{end}_suburb__iexact": suburb, f"{end}_area__iexact": area, f"{end}_post_code": post_code.strip()}
        )
    return Quote.objects.filter(ends, created_by=by).exists()


def area_of(suburb: str, post_code: str) -> str:
    """The one area of a suburb that is known under this code, else empty."""
    named = Place.objects.filter(search__startswith=f"{folded(suburb)}\n", post_code=post_code.strip())
    areas = set(named.exclude(area="").values_list("area", flat=True)[:5])
    return areas.pop() if len(areas) == 1 else ""


def codes_of(suburb: str) -> list[str]:
    """Post codes that are known for a suburb of that name, few of them; to say what would fit."""
    named = Place.objects.filter(search__startswith=f"{folded(suburb)}\n").order_by("post_code")
    return list(named.values_list("post_code", flat=True).distinct()[:5])


def learn(quote: Quote) -> None:
    """BEX quoted these two ends, so it knows them: they are completed from now on."""
    for suburb, area, post_code in (
        (quote.origin_suburb, quote.origin_area, quote.origin_post_code),
        (quote.destination_suburb, quote.destination_area, quote.destination_post_code),
    ):
        if not suburb:
            continue  # given by coordinates
        same = Place.objects.filter(suburb__iexact=suburb, post_code=post_code)
        if same.update(quoted=F("quoted") + 1):
            continue
        row = Row(suburb, area, post_code)
        Place.objects.get_or_create(
            suburb=suburb, area=area, post_code=post_code,
            defaults={"search": _search(row), "learnt_at": timezone.now(), "quoted": 1, "also": _also(row)},
        )  # fmt: skip


def search_text(place: Place) -> str:
    """What a place that somebody wrote is found by."""
    return _search(Row(place.suburb, place.area, place.post_code), place.also)


def import_file(path: Path) -> tuple[int, int]:
    """Adds what is not there yet. How many rows were added, and how many were there. Raises UnknownLayout, OSError."""
    rows = {(row.suburb.casefold(), row.area.casefold(), row.post_code): row for row in _read(path)}
    there = {
        (suburb.casefold(), area.casefold(), code)
        for suburb, area, code in Place.objects.values_list("suburb", "area", "post_code")
    }
    new = [row for key, row in rows.items() if key not in there]
    with transaction.atomic():
        _rename()
        Place.objects.bulk_create(
            (
                Place(suburb=row.suburb, area=row.area, post_code=row.post_code, also=_also(row), search=_search(row))
                for row in new
            ),
            batch_size=2000,
            ignore_conflicts=True,
        )
    return len(new), len(rows) - len(new)


def _rename() -> None:
    """Places that were there before a town got another name are found by it from now on."""
    moved = []
    for place in Place.objects.only("suburb", "area", "post_code", "also", "search").iterator():
        also = _also(Row(place.suburb, place.area, place.post_code))
        if also and also != place.also:
            place.also, place.search = also, _search(Row(place.suburb, place.area, place.post_code))
            moved.append(place)
    Place.objects.bulk_update(moved, ["also", "search"], batch_size=500)


def _read(path: Path) -> Iterable[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        first = file.readline()
        file.seek(0)
        if first.startswith("suburb,street_code"):
            return list(_post_office(csv.DictReader(file)))
        if first.count("\t") >= 11:
            return list(_geonames(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)))
    raise UnknownLayout(f"{path.name} has neither the Post Office's columns nor GeoNames' layout")


def _post_office(lines: Iterable[dict[str, str]]) -> Iterator[Row]:
    """Street codes only: a courier does not deliver to a post box."""
    for line in lines:
        if line["suburb"] and line["street_code"]:
            yield Row(_title(line["suburb"]), _title(line["area"]), line["street_code"].strip().zfill(4))


def _geonames(lines: Iterable[list[str]]) -> Iterator[Row]:
    for line in lines:
        if len(line) > 2 and line[0] == "ZA":
            town = line[2].strip().replace("'S ", "'s ")
            yield Row(town, town, line[1].strip().zfill(4))


def _title(text: str) -> str:
    words = text.strip().split()
    return " ".join(
        word.lower() if place and word.lower() in _SMALL else "-".join(part.capitalize() for part in word.split("-"))
        for place, word in enumerate(words)
    )


def _also(row: Row) -> str:
    own = (row.suburb.casefold(), row.area.casefold())
    names = {other for name in own for other in _NAMES.get(name, ()) if other.casefold() not in own}
    return ", ".join(sorted(names))[:200]


def _search(row: Row, also: str | None = None) -> str:
    """One name a line: suburb, code, area, other names."""
    names = [row.suburb, row.post_code, row.area, *(_also(row) if also is None else also).split(",")]
    return ("\n".join(text for text in map(folded, names) if text) + "\n")[:LONGEST_SEARCH]
