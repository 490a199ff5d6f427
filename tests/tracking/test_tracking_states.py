"""One state per parcel, whatever order its events came in."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexportal.templatetags.portal import transit_state as drawn
from tracking.schedule import DEFAULTS
from tracking.states import ALL, NO_EVENT, transit_state
from tracking.wordings import Kind

START = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    kind: str
    recorded_at: datetime
    position: int = 0
    signee: str = ""


def journey(*kinds: Kind, signee: str = "KHUMALO") -> list[Fact]:
    return [
        Fact(kind, START + timedelta(hours=number), number, signee if kind == Kind.DELIVERED else "")
        for number, kind in enumerate(kinds)
    ]


facts = st.builds(
    Fact,
    st.sampled_from(Kind),
    st.integers(0, 5).map(lambda hours: START + timedelta(hours=hours)),
    st.integers(0, 4),
    st.sampled_from(["", "KHUMALO"]),
)


@given(st.lists(facts, max_size=12), st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_repetition_change_nothing(said: list[Fact], chance: random.Random, times: int) -> None:
    shuffled = said * times
    chance.shuffle(shuffled)
    assert transit_state(shuffled) == transit_state(said)


@given(st.lists(facts, max_size=8), facts)
def test_an_older_event_that_comes_late_does_not_undo_a_delivery(said: list[Fact], late: Fact) -> None:
    delivered = Fact(Kind.DELIVERED, START + timedelta(hours=9), 9, "KHUMALO")
    assert transit_state([*said, delivered]) == transit_state([*said, delivered, late]) == "delivered"


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ((Kind.INTEGRATED,), "announced"),
        ((Kind.INTEGRATED, Kind.HANDED_OVER), "with_bex"),
        ((Kind.HANDED_OVER, Kind.INTEGRATED), "with_bex"),
        ((Kind.HANDED_OVER, Kind.DEPARTED), "in_transit"),
        ((Kind.DEPARTED, Kind.ARRIVED), "at_depot"),
        ((Kind.ARRIVED, Kind.LOADED), "out_for_delivery"),
        ((Kind.LOADED, Kind.ATTEMPT_FAILED), "attempt_failed"),
        ((Kind.ATTEMPT_FAILED, Kind.LOADED), "out_for_delivery"),
        ((Kind.LOADED, Kind.DRIVER_CONFIRMED), "awaiting_signee"),
        ((Kind.DRIVER_CONFIRMED, Kind.UNCLASSIFIED), "awaiting_signee"),
        ((Kind.DRIVER_CONFIRMED, Kind.ATTEMPT_FAILED), "attempt_failed"),
        ((Kind.DRIVER_CONFIRMED, Kind.DELIVERED), "delivered"),
        ((Kind.DELIVERED, Kind.ARRIVED), "delivered"),
        ((Kind.DELIVERED, Kind.UNCLASSIFIED), "delivered"),
        ((Kind.DELIVERED, Kind.RETURNED), "returned"),
        ((Kind.RETURNED, Kind.DELIVERED), "delivered"),
        ((Kind.LOADED, Kind.UNCLASSIFIED), "exception"),
        ((Kind.UNCLASSIFIED, Kind.LOADED), "out_for_delivery"),
        ((Kind.LOADED, Kind.EXCEPTION), "exception"),
        ((Kind.LOADED, Kind.NOTED), "out_for_delivery"),
        ((Kind.NOTED,), NO_EVENT),
        ((), NO_EVENT),
    ],
)
def test_what_follows_from_a_journey(kinds: tuple[Kind, ...], state: str) -> None:
    assert transit_state(journey(*kinds)) == state


def test_delivered_without_a_name_awaits_one() -> None:
    assert transit_state(journey(Kind.DELIVERED, signee="")) == "awaiting_signee"


def test_two_rows_of_one_minute_follow_the_tables_own_order() -> None:
    failed, loaded = Fact(Kind.ATTEMPT_FAILED, START, 3), Fact(Kind.LOADED, START, 4)
    assert transit_state([loaded, failed]) == "out_for_delivery"


@pytest.mark.parametrize("state", ALL)
def test_every_state_has_words_a_drawing_and_a_pace(state: str) -> None:
    assert drawn(state)["words"]
    assert (state or "no_event") in DEFAULTS
