"""Words that nobody documented: kept, counted, given a meaning by an admin, and taken at it everywhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bexapi import SAST
from shipments.models import Waybill
from tests.courier import ScriptedBex, tracked
from tests.tracking.parcels import NOON, Book, fresh
from tracking import vocabulary
from tracking.models import Wording
from tracking.observing import Said, take_in
from tracking.sync import sync
from tracking.wordings import masked, pattern_of, plain


def unknown() -> list[tuple[str, int]]:
    return list(vocabulary.unknown().values_list("text", "seen"))


def said_of(bex: ScriptedBex, book: Book, texts: Sequence[str]) -> list[Waybill]:
    waybills = [book(f"ACP{number}") for number in range(len(texts))]
    bex.on("track", tracked(*((str(n), f"ACP{n}", [("27-11-2026 08:00", text)]) for n, text in enumerate(texts))))
    sync(now=NOON)
    return waybills


def means(text: str, kind: str) -> Wording:
    wording = Wording.objects.get(text=text)
    wording.kind = kind
    wording.full_clean()
    vocabulary.mean(wording)
    return wording


def test_wordings_are_counted_whatever_places_names_and_numbers_they_hold(bex: ScriptedBex, book: Book) -> None:
    said_of(bex, book, ["Held at JNB depot for 3 days", "Held at Cape Town depot for 12 days", "Weighed"])
    assert unknown() == [("held at * depot for * days", 2), ("weighed", 1)]
    assert Wording.objects.get(seen=2).example in {
        "Held at JNB depot for 3 days",
        "Held at Cape Town depot for 12 days",
    }
    sync(force=True, now=NOON + timedelta(hours=1))
    assert unknown()[0][1] == 2, "the same row said again is not counted again"


def test_what_an_admin_says_of_a_wording_all_its_parcels_take_up(bex: ScriptedBex, book: Book) -> None:
    waybills = said_of(bex, book, ["Held at JNB depot for 3 days", "Held at CPT depot for 12 days", "Weighed"])
    assert {fresh(one).transit_state for one in waybills} == {"exception"}
    means("held at * depot for * days", "arrived")
    assert vocabulary.derive_what_is_due(seconds=10) == 2
    assert [fresh(one).transit_state for one in waybills] == ["at_depot", "at_depot", "exception"]
    assert waybills[0].events.get().description == "Held at JNB depot for 3 days"
    assert vocabulary.derive_what_is_due(seconds=10) == 0
    means("held at * depot for * days", "noted")
    vocabulary.derive_what_is_due(seconds=10)
    assert [fresh(one).transit_state for one in waybills] == ["", "", "exception"]


def test_what_comes_later_in_known_words_is_known_at_once_and_still_counted(bex: ScriptedBex, book: Book) -> None:
    said_of(bex, book, ["Weighed"])
    means("weighed", "arrived")
    later = book("LATER")
    bex.on("track", tracked(("9", "LATER", [("27-11-2026 09:00", "Weighed")])))
    sync(now=NOON + timedelta(minutes=1))
    assert fresh(later).transit_state == "at_depot"
    assert Wording.objects.get(text="weighed").seen == 2


def test_it_goes_on_where_it_stopped(bex: ScriptedBex, book: Book) -> None:
    waybills = said_of(bex, book, ["Weighed"] * 5)
    means("weighed", "arrived")
    done = [vocabulary.derive_what_is_due(seconds=-1, batch=2) for _ in range(4)]
    assert done == [2, 2, 1, 0]
    assert {fresh(one).transit_state for one in waybills} == {"at_depot"}
    assert not Wording.objects.filter(to_derive=True).exists()


def test_a_type_that_nobody_documented_is_listed_and_mapped_too(book: Book) -> None:
    waybill = book("ACP1")
    at = datetime(2026, 11, 27, 8, tzinfo=SAST)
    take_in(waybill.pk, [Said("tracking_event", at, description="Gescan", type_id=22)], now=NOON)
    assert set(unknown()) == {("gescan", 1), ("", 1)}
    wording = Wording.objects.get(type_id=22)
    wording.kind = "arrived"
    vocabulary.mean(wording)
    vocabulary.derive_what_is_due(seconds=10)
    assert fresh(waybill).transit_state == "at_depot"


def test_a_pattern_that_would_mean_everything_means_nothing(bex: ScriptedBex, book: Book) -> None:
    [waybill] = said_of(bex, book, ["123 456"])
    Wording.objects.filter(text="*").update(kind="delivered")
    sync(force=True, now=NOON + timedelta(hours=1))
    assert fresh(waybill).transit_state == "exception"


def test_the_documented_ones_stand_in_the_table(db: None) -> None:
    rows = dict(Wording.objects.filter(documented=True, type_id=None).values_list("text", "kind"))
    assert rows["departed * depot for * branch"] == "departed"
    types = dict(Wording.objects.filter(documented=True, text="").values_list("type_id", "kind"))
    assert types == {1: "handed_over", 4: "departed", 5: "arrived", 7: "loaded", 9: "attempt_failed", 13: "integrated"}


@given(st.text(max_size=500))
def test_a_wording_stands_for_the_text_it_was_made_of(text: str) -> None:
    assert len(masked(text)) <= 200
    assert pattern_of(masked(text)).fullmatch(plain(text).casefold()) or not masked(text).isascii()
    assert masked(text) == masked(f"  {text} ")
