"""Words that the documentation does not know: kept, counted, given a meaning by an admin, and then taken at it.

A row stands for a wording, whatever places, names and numbers it holds. What an admin says of one is taken up by every
parcel that it was said of, a bounded batch after the other.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tracking.models import Observation, Wording
from tracking.models.words import FEWEST_LETTERS
from tracking.twins import words_of
from tracking.wordings import TYPE_IDS, Kind, Words, masked, pattern_of, plain, read

DOCUMENTED_TEXTS = {
    "shipment integrated to courier system": Kind.INTEGRATED,
    "shipment integrated into our system": Kind.INTEGRATED,
    "shipment handed to courier": Kind.HANDED_OVER,
    "departed * depot for * branch": Kind.DEPARTED,
    "shipment departed * branch/depot": Kind.DEPARTED,
    "arrived into * depot": Kind.ARRIVED,
    "shipment arrived at * branch/depot": Kind.ARRIVED,
    "loaded onto vehicle for delivery": Kind.LOADED,
    "shipment loaded onto vehicle for delivery": Kind.LOADED,
    "delivery attempt failed because *": Kind.ATTEMPT_FAILED,
    "driver confirmed successful delivery": Kind.DRIVER_CONFIRMED,
    "delivered to * at * on *": Kind.DELIVERED,
    "return to sender": Kind.RETURNED,
}
"""For admins to read; `tracking.wordings` reads more of them than their kind."""
BATCH = 200
UNCLASSIFIED_TYPE = -1


def fill_table() -> None:
    rows = [Wording(text=text, kind=kind, documented=True) for text, kind in DOCUMENTED_TEXTS.items()]
    rows += [Wording(type_id=number, kind=kind, documented=True) for number, kind in TYPE_IDS.items()]
    Wording.objects.bulk_create(rows, ignore_conflicts=True)


def known() -> Words:
    """What admins have added: one query."""
    rows = list(Wording.objects.filter(documented=False).exclude(kind="").values_list("text", "type_id", "kind"))
    # The longer one says more.
    texts = sorted(
        ((text, kind) for text, _, kind in rows if says_something(text)), key=lambda row: (-len(row[0]), row[0])
    )
    return Words.with_added(texts, ((number, kind) for _, number, kind in rows if number is not None))


def says_something(text: str) -> bool:
    """Not nearly all that BEX says."""
    return len(text.replace("*", "").strip()) >= FEWEST_LETTERS


def unknown() -> QuerySet[Wording]:
    """What nobody has said the meaning of, most seen first."""
    return Wording.objects.filter(kind="", documented=False, seen__gt=0).order_by("-seen")


def note(observations: Sequence[Observation], now: datetime) -> None:
    """Lays new observations, not stored yet, whose words no documentation knows, to their wordings, and counts them."""
    odd = [said for said in observations if read(plain(words_of(said))) is None]
    if not odd:
        return
    texts, types = Counter(map(_text_of, odd)), Counter(_strange_types(odd))
    first = {_text_of(said): said.description for said in reversed(odd)}
    rows = [Wording(text=text, example=first[text], first_seen_at=now) for text in texts]
    rows += [Wording(type_id=number, example=_said_of_type(odd, number), first_seen_at=now) for number in types]
    Wording.objects.bulk_create(rows, ignore_conflicts=True)
    stored = Wording.objects.filter(Q(text__in=list(texts)) | Q(type_id__in=list(types)))
    by_text = {}
    # In one order, so that two that count the same ones do not wait for each other.
    for wording in stored.order_by("pk"):
        times = texts[wording.text] if wording.text else types[wording.type_id or 0]
        Wording.objects.filter(pk=wording.pk).update(seen=F("seen") + times, last_seen_at=now)
        by_text[wording.text] = wording
    for said in odd:
        said.wording = by_text[_text_of(said)]


def mean(wording: Wording) -> None:
    """Stores what an admin says of it; what was said of parcels in these words is due to be derived anew."""
    wording.to_derive, wording.derived_to = True, None
    wording.save()


def derive_what_is_due(seconds: float, batch: int = BATCH) -> int:
    """Takes up what admins said, for at most so many seconds; how many waybills were derived anew. Goes on where it
    stopped, and is safe to run beside itself.
    """
    until, done = time.monotonic() + seconds, 0
    for wording in Wording.objects.filter(to_derive=True):
        for waybills in _batches(wording, batch):
            done += _derive(waybills)
            same = Wording.objects.filter(pk=wording.pk, kind=wording.kind, to_derive=True)
            if not same.update(derived_to=waybills[-1]):
                break  # it means something else by now: from the beginning, with the next ring
            if time.monotonic() > until:
                return done
        else:
            Wording.objects.filter(pk=wording.pk, kind=wording.kind).update(to_derive=False, derived_to=None)
    return done


def seen_on(wording: Wording) -> QuerySet[Observation]:
    """What was said in these words, as far as the documentation does not know them."""
    if wording.type_id is not None:
        return Observation.objects.filter(type_id=wording.type_id, wording__isnull=False)
    pattern = pattern_of(wording.text)
    others = Wording.objects.filter(documented=False).exclude(text="").values_list("pk", "text", "example")
    covered = [pk for pk, text, example in others if pattern.fullmatch(text) or pattern.fullmatch(plain(example))]
    return Observation.objects.filter(wording__in=covered)


def _batches(wording: Wording, most: int) -> Iterator[list[UUID]]:
    last = wording.derived_to
    while True:
        rows = seen_on(wording).order_by("waybill_id")
        if last is not None:
            rows = rows.filter(waybill_id__gt=last)
        batch = list(rows.values_list("waybill_id", flat=True).distinct()[:most])
        if not batch:
            return
        yield batch
        last = batch[-1]


def _derive(waybills: Iterable[UUID]) -> int:
    from tracking.observing import derive_anew

    done = 0
    for pk in waybills:
        derive_anew(pk, now=timezone.now())
        done += 1
    return done


def _text_of(said: Observation) -> str:
    return masked(said.description) or "*"


def _strange_types(odd: Iterable[Observation]) -> list[int]:
    numbers = (said.type_id for said in odd if said.type_id is not None)
    return [number for number in numbers if number not in TYPE_IDS and number != UNCLASSIFIED_TYPE]


def _said_of_type(odd: Iterable[Observation], number: int) -> str:
    return next(said.description for said in odd if said.type_id == number)
