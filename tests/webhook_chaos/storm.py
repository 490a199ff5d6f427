"""What comes in a storm: facts in several deliveries, shuffled, repeated, altered, forged; and what is owed for it."""

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FACTS_PER_PARCEL = 12
BEGAN = datetime(2026, 11, 2, 6, 0)
Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request. `owed`: the facts that must be there once it was answered 2xx; `refused`: it must not be."""

    body: bytes
    signature: str
    owed: tuple[str, ...]
    refused: bool


def signature(secret: str, body: bytes) -> str:
    """By the standard library alone: the storm shares no line with the portal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().upper()


def fact(parcel: int, place: int) -> tuple[str, Json]:
    """A fact's name, and the notification that tells it."""
    number, at = number_of(parcel), BEGAN + timedelta(minutes=parcel % 50, hours=place)
    name = f"{number} {place}"
    if place == FACTS_PER_PARCEL - 1:
        return name, {"Action": "waybill_note", "WaybillNumber": number, "PostedBy": "JNB", "NoteDate": f"{at}",
                      "NoteText": f"Note {name}"}  # fmt: skip
    return name, {
        "Action": "tracking_event", "WaybillNumber": number, "TrackingDate": f"{at}", "TrackingUser": "JNB",
        "TrackingDescription": f"Held in cage {place} of the depot", "TrackingReference": "", "TrackingTypeId": -1,
    }  # fmt: skip


def number_of(parcel: int) -> str:
    return f"ACP7{parcel:07}"


def parcels_for(requests: int) -> int:
    """So many that a storm of that size tells each fact about twice."""
    return max(requests // (2 * FACTS_PER_PARCEL), 1)


def storm(requests: int, secret: str, seed: int) -> Iterator[Request]:
    """About 85 of 100 are BEX's: each fact comes at least once, most of them again, under other Ids and attempts."""
    chance = random.Random(seed)
    facts = [fact(parcel, place) for parcel in range(parcels_for(requests)) for place in range(FACTS_PER_PARCEL)]
    first = facts[:]
    chance.shuffle(first)
    for count in range(requests):
        some = [first.pop()] if first else []
        some += chance.sample(facts, chance.choice((0, 0, 1, 3)) if some else 1)
        chance.shuffle(some)
        body = _body(
            f"{chance.randrange(requests // 2 + 1):08x}", chance.choice((1, 1, 1, 2, 3)), [told for _, told in some]
        )
        names = tuple(name for name, _ in some)
        spoiled = chance.random() < 0.15
        if spoiled:  # what is spoiled tells nothing; its facts come another time
            first += [one for one in some[:1] if count < requests - len(first) - 2]
            yield _spoiled(body, secret, chance)
        else:
            yield Request(body, signature(secret, body), names, refused=False)


def _body(bex_id: str, attempt: int, told: list[Json]) -> bytes:
    envelope = {"Id": bex_id, "Attempt": attempt, "Properties": {}, "Notifications": told}
    return json.dumps(envelope, indent=2).replace("\n", "\r\n").encode()


def _spoiled(body: bytes, secret: str, chance: random.Random) -> Request:
    """Altered bytes, a wrong secret, no signature. It names parcels of its own, so that it would be seen."""
    body = body.replace(b"ACP7", b"ACP6")
    good = signature(secret, body)
    match chance.randrange(4):
        case 0:
            place = chance.randrange(len(body))
            body, signed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], good
        case 1:
            signed = signature("wrong-secret-" * 4, body)
        case 2:
            signed = good[:-1]
        case _:
            body, signed = body + b" ", good
    return Request(body, signed, (), refused=True)
