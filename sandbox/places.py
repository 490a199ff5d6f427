"""Where a place lies: hub, city and rate category from a post code, or the nearest hub from coordinates.

The ranges are coarse and our own; the real courier has a list of suburbs. They are good enough to price believably.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from sandbox.wire import Params, Refused

MAJOR, REGIONAL, REMOTE = "MAJOR", "REGIONAL", "REMOTE"


@dataclass(frozen=True)
class Hub:
    code: str
    branch: str
    latitude: float
    longitude: float


HUBS = {
    hub.code: hub
    for hub in (
        Hub("JNB", "JOHANNESBURG", -26.2041, 28.0473),
        Hub("PRY", "PRETORIA", -25.7479, 28.2293),
        Hub("CPT", "CAPE TOWN", -33.9249, 18.4241),
        Hub("DUR", "DURBAN", -29.8587, 31.0218),
        Hub("PMB", "PIETERMARITZBURG", -29.6006, 30.3794),
        Hub("RCB", "RICHARDS BAY", -28.7807, 32.0383),
        Hub("PLZ", "GQEBERHA", -33.9608, 25.6022),
        Hub("ELS", "EAST LONDON", -33.0153, 27.9116),
        Hub("BFN", "BLOEMFONTEIN", -29.0852, 26.1596),
        Hub("KIM", "KIMBERLEY", -28.7282, 24.7499),
        Hub("GRJ", "GEORGE", -33.9881, 22.4530),
        Hub("NLP", "MBOMBELA", -25.4753, 30.9694),
        Hub("PTG", "POLOKWANE", -23.9045, 29.4689),
        Hub("RTB", "RUSTENBURG", -25.6672, 27.2424),
    )
}

# First code of each range, hub, category, city ("" where the suburb is a town of its own; no hub: nobody lives there).
RANGES: tuple[tuple[int, str, str, str], ...] = (
    (1, "PRY", MAJOR, "PRETORIA"),
    (300, "RTB", REGIONAL, ""),
    (400, "PTG", REMOTE, ""),
    (699, "PTG", MAJOR, "POLOKWANE"),
    (750, "PTG", REMOTE, ""),
    (1000, "NLP", REGIONAL, ""),
    (1200, "NLP", MAJOR, "MBOMBELA"),
    (1220, "NLP", REMOTE, ""),
    (1400, "JNB", MAJOR, "JOHANNESBURG"),
    (2200, "JNB", REGIONAL, ""),
    (2410, "JNB", REMOTE, ""),
    (2520, "JNB", REGIONAL, ""),
    (2580, "RTB", REMOTE, ""),
    (2900, "PMB", REMOTE, ""),
    (3200, "PMB", MAJOR, "PIETERMARITZBURG"),
    (3220, "PMB", REMOTE, ""),
    (3600, "DUR", MAJOR, "DURBAN"),
    (3660, "PMB", REGIONAL, ""),
    (3800, "RCB", REMOTE, ""),
    (3900, "RCB", REGIONAL, "RICHARDS BAY"),
    (3910, "RCB", REMOTE, ""),
    (4000, "DUR", MAJOR, "DURBAN"),
    (4200, "DUR", REGIONAL, ""),
    (4301, "DUR", MAJOR, "DURBAN"),
    (4310, "DUR", REGIONAL, ""),
    (4500, "DUR", REMOTE, ""),
    (5200, "ELS", MAJOR, "EAST LONDON"),
    (5260, "ELS", REMOTE, ""),
    (5900, "PLZ", REMOTE, ""),
    (6000, "PLZ", MAJOR, "GQEBERHA"),
    (6100, "PLZ", REGIONAL, ""),
    (6140, "PLZ", REMOTE, ""),
    (6500, "GRJ", REGIONAL, ""),
    (6529, "GRJ", MAJOR, "GEORGE"),
    (6535, "GRJ", REGIONAL, ""),
    (6600, "GRJ", REMOTE, ""),
    (6850, "CPT", REGIONAL, ""),
    (6900, "CPT", REMOTE, ""),
    (7100, "CPT", MAJOR, "CAPE TOWN"),
    (7141, "CPT", REGIONAL, ""),
    (7400, "CPT", MAJOR, "CAPE TOWN"),
    (8100, "CPT", REMOTE, ""),
    (8300, "KIM", MAJOR, "KIMBERLEY"),
    (8350, "KIM", REMOTE, ""),
    (8890, "CPT", REMOTE, ""),
    (8900, "KIM", REMOTE, ""),
    (9000, "", "", ""),
    (9300, "BFN", MAJOR, "BLOEMFONTEIN"),
    (9340, "BFN", REMOTE, ""),
    (9400, "BFN", REGIONAL, ""),
    (9600, "BFN", REMOTE, ""),
    (9900, "", "", ""),
)
_STARTS = [row[0] for row in RANGES]

# Names that stand for one place only: with another hub's post code they are a mismatch; without one they are found.
TOWNS = {
    "JOHANNESBURG": "2001", "SANDTON": "2196", "MIDRAND": "1685", "PRETORIA": "0002", "CENTURION": "0157",
    "CAPE TOWN": "8001", "TABLE VIEW": "7441", "DURBAN": "4001", "UMHLANGA": "4319", "BALLITO": "4420",
    "PIETERMARITZBURG": "3201", "RICHARDS BAY": "3900", "GQEBERHA": "6001", "PORT ELIZABETH": "6001",
    "EAST LONDON": "5201", "BLOEMFONTEIN": "9301", "KIMBERLEY": "8301", "GEORGE": "6529", "MBOMBELA": "1200",
    "NELSPRUIT": "1200", "POLOKWANE": "0699", "RUSTENBURG": "0300", "SECUNDA": "2302", "AGGENEYS": "8893",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    suburb: str
    city: str
    category: str
    hub: Hub


def by_post_code(suburb: str, post_code: str, *, side: str) -> Place:
    """``side`` (Origin, Destination …) begins the sentence of a refusal. Raises Refused."""
    name = " ".join(suburb.upper().split())
    if not name:
        raise Refused(f"{side} suburb is required.")
    if not re.fullmatch(r"[0-9]{4}", post_code):
        raise Refused(f"{side} post code '{post_code[:20]}' is not valid. A post code has four digits.")
    if name == "NOWHERE" or post_code == "9999":
        raise Refused(f"{side} suburb '{name}' with post code '{post_code}' was not found.")
    place = _in_range(name, post_code)
    if place is None:
        raise Refused(f"{side} post code '{post_code}' is not serviced by any branch.")
    if name in TOWNS:
        town = _in_range(name, TOWNS[name])
        if town is not None and town.hub != place.hub:
            raise Refused(f"{side} suburb '{name}' does not match post code '{post_code}'.")
    return place


def by_town(suburb: str, city: str, *, side: str) -> Place:
    """A place without a post code, by the name of its suburb or its city. Raises Refused."""
    for name in (suburb, city):
        post_code = TOWNS.get(" ".join(name.upper().split()))
        if post_code:
            return by_post_code(suburb, post_code, side=side)
    raise Refused(f"{side} suburb '{suburb.upper()[:40]}' could not be found without a post code.")


def by_coordinates(latitude: Decimal, longitude: Decimal, *, side: str) -> Place:
    """The nearest hub; how far it is says the category. Raises Refused outside South Africa."""
    if not (-35 <= latitude <= -22 and 16 <= longitude <= 33):
        raise Refused(f"{side} coordinates {latitude}, {longitude} are outside the service area.")
    here = (float(latitude), float(longitude))
    hub = min(HUBS.values(), key=lambda candidate: kilometres(here, (candidate.latitude, candidate.longitude)))
    away = kilometres(here, (hub.latitude, hub.longitude))
    category = MAJOR if away < 40 else REGIONAL if away < 150 else REMOTE
    return Place(suburb=hub.branch, city=hub.branch, category=category, hub=hub)


def end_of_lane(params: Params, end: str) -> Place:
    """``end`` is ``origin`` or ``destination``; both coordinates win over suburb and post code. Raises Refused."""
    latitude = params.decimal(f"{end}LatCoord")
    longitude = params.decimal(f"{end}LonCoord")
    if longitude is None:  # one of the documented samples spells it so
        longitude = params.decimal(f"{end}LongCoord")
    side = end.capitalize()
    if latitude is not None and longitude is not None:
        return by_coordinates(latitude, longitude, side=side)
    return by_post_code(params.text(f"{end}Suburb"), params.text(f"{end}PostCode"), side=side)


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance between two (latitude, longitude) in degrees."""
    lat_1, lon_1, lat_2, lon_2 = map(radians, (*one, *other))
    half = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return 2 * 6371 * asin(sqrt(half))


def _in_range(name: str, post_code: str) -> Place | None:
    index = bisect_right(_STARTS, int(post_code)) - 1
    if index < 0 or not RANGES[index][1]:
        return None
    _, hub, category, city = RANGES[index]
    return Place(suburb=name, city=city or name, category=category, hub=HUBS[hub])
