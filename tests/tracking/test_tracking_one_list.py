"""Polls and notifications make one list of events without doubles, whatever order they came in and however often."""

import copy
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexapi import SAST
from tracking import states
from tracking.derivation import events_from
from tracking.models import Event, Observation

POD, ATTEMPTED, TRACKING = "pod", "attempted_delivery", "tracking_event"
SEEN = datetime(2026, 11, 27, 12, 0, tzinfo=SAST)


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SAST)


def polled(text: str, description: str, position: int = 0) -> Observation:
    return Observation(
        source="poll", fingerprint=f"{text} {description} {position}", at=moment(f"{text}:00"),
        description=description, position=position, first_seen_at=SEEN,
    )  # fmt: skip


def notified(text: str, description: str = "", kind: str = TRACKING, type_id: int | None = None, signee: str = "",
             pieces: int | None = None) -> Observation:  # fmt: skip
    return Observation(
        source="webhook", notification=kind, fingerprint=f"{kind} {text} {description}{signee}", at=moment(text),
        description=description, type_id=type_id, signee=signee, pieces=pieces, first_seen_at=SEEN,
    )  # fmt: skip


def shown(events: Sequence[Event]) -> list[tuple[str, list[str]]]:
    return [(event.description, event.sources) for event in sorted(events, key=states.order)]


ARRIVED = polled("2026-11-27 05:10", "Arrived into BFN depot")
TWINS = [
    (polled("2026-11-26 21:35", "Departed JNB depot for BFN branch"),
     notified("2026-11-26 21:35:25", "Shipment departed JNB branch/depot", type_id=4)),
    (polled("2026-11-26 21:35", "Departed JNB depot for BFN branch"),
     notified("2026-11-26 21:36:02", "Shipment departed JNB depot for BFN branch", type_id=4)),
    (polled("2026-11-27 05:10", "Arrived into BFN depot"),
     notified("2026-11-27 05:10:59", "Shipment arrived at BFN branch/depot", type_id=5)),
    (polled("2026-11-27 07:06", "Loaded onto vehicle for delivery"),
     notified("2026-11-27 07:06:12", "Shipment loaded onto vehicle for delivery", type_id=7)),
    (polled("2026-11-30 08:03", "Delivered to PRTER ME.A at 08:26 on 27 Nov 2026"),
     notified("2026-11-27 08:26:41", kind=POD, signee="ME.A PRTER", pieces=3)),
    (polled("2026-11-30 08:03", "Delivered to PRTER ME.A at 08:26 on 27 Nov 2026"),
     notified("2026-11-30 08:03:10", "Delivered to PRTER ME.A at 08:26 on 27 Nov 2026")),
    (polled("2026-11-27 16:40", "Delivery attempt failed because receiver not available"),
     notified("2026-11-27 11:20:00", "Receiver not available", kind=ATTEMPTED)),
    (polled("2026-11-27 11:21", "Delivery attempt failed because nobody was there"),
     notified("2026-11-27 11:20:00", "Receiver not available", kind=ATTEMPTED)),
    (polled("2026-11-27 11:21", "Parcel seen by the drone"),
     notified("2026-11-27 11:21:07", "parcel seen by the drone", type_id=5)),
]  # fmt: skip


@pytest.mark.parametrize("twins", TWINS)
def test_one_fact_from_both_sources_is_one_event_with_both(twins: tuple[Observation, Observation]) -> None:
    for both in (twins, twins[::-1]):
        [event] = events_from(both)
        assert event.sources == ["poll", "webhook"]
        assert event.description == twins[0].description, "the table says it most fully"


def test_what_the_table_leaves_open_is_filled_by_the_notification() -> None:
    [event] = events_from(TWINS[4])
    assert (event.pieces, event.signee) == (3, "PRTER ME.A")
    assert event.occurred_at == moment("2026-11-27 08:26:00")
    [told] = events_from(TWINS[8])
    assert (told.kind, told.description) == ("arrived", "Parcel seen by the drone")


def test_a_pod_and_the_notification_that_says_the_same_are_one() -> None:
    said = [
        notified("2026-11-27 08:26:41", kind=POD, signee="KHUMALO S"),
        notified("2026-11-27 09:00:00", "Delivered to KHUMALO S at 08:26 on 27 Nov 2026"),
    ]
    assert [event.sources for event in events_from(said)] == [["webhook"]]


@pytest.mark.parametrize(
    "two",
    [
        [
            polled("2026-11-27 05:10", "Arrived into BFN depot"),
            notified("2026-11-27 05:10:30", "Arrived into KIM depot"),
        ],
        [
            polled("2026-11-27 05:10", "Arrived into BFN depot"),
            notified("2026-11-27 15:10:30", "Arrived into BFN depot"),
        ],
        [ARRIVED, notified("2026-11-27 05:10:30", "Departed BFN depot")],
        [polled("2026-11-27 05:10", "X-rayed"), notified("2026-11-27 05:10:30", "Weighed")],
        [polled("2026-11-27 07:06", "Loaded onto vehicle for delivery", n) for n in range(2)],
        [
            notified("2026-11-27 11:20:00", "receiver not available", kind=ATTEMPTED),
            polled("2026-11-27 16:40", "Delivery attempt failed because wrong address"),
        ],
    ],
)
def test_different_facts_stay_two(two: list[Observation]) -> None:
    assert len(events_from(two)) == 2


def test_two_rows_find_their_two_notifications() -> None:
    rows = [polled("2026-11-27 07:06", "Loaded onto vehicle for delivery", n) for n in range(2)]
    told = [notified(f"2026-11-27 07:06:{second}", "Shipment loaded onto vehicle for delivery") for second in (10, 50)]
    assert [event.sources for event in events_from([*told, *rows])] == [["poll", "webhook"]] * 2
    assert len(events_from([rows[0], *told])) == 2


def test_an_event_stays_the_same_one_when_the_other_source_says_it_too() -> None:
    row, told = TWINS[0]
    later = copy.copy(row)
    later.first_seen_at = SEEN + timedelta(hours=1)
    [before], [after] = events_from([told]), events_from([told, later])
    assert before.fingerprint == after.fingerprint


TEXTS = st.sampled_from(
    [
        "Shipment integrated to courier system", "Shipment handed to courier", "Departed JNB depot for BFN branch",
        "Shipment departed JNB branch/depot", "Arrived into BFN depot", "Loaded onto vehicle for delivery",
        "Delivery attempt failed because wrong address", "Driver confirmed successful delivery", "Return to sender",
        "Delivered to KHUMALO S at 10:42 on 27 Nov 2026", "Delivered to - at 10:42 on 27 Nov 2026", "Weighed",
    ]
)  # fmt: skip
MINUTES = st.integers(0, 2000)


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    said = []
    for number in range(draw(st.integers(0, 12))):
        at = moment("2026-11-26 18:00:00") + timedelta(minutes=draw(MINUTES))
        kind = draw(st.sampled_from(["", TRACKING, POD, ATTEMPTED]))
        said.append(
            Observation(
                source="webhook" if kind else "poll", notification=kind, fingerprint=str(number),
                at=draw(st.sampled_from([at, None])), description=draw(TEXTS), position=draw(st.integers(0, 3)),
                signee=draw(st.sampled_from(["", "KHUMALO S"])) if kind == POD else "",
                first_seen_at=SEEN + timedelta(minutes=draw(st.integers(0, 3))),
            )
        )  # fmt: skip
    return said


def told(said: Sequence[Observation]) -> tuple[str, object]:
    events = events_from(said)
    rows = sorted(
        (event.fingerprint, event.kind, event.description, event.occurred_at, event.recorded_at, event.signee,
         event.place, event.pieces or 0, event.sources)
        for event in events
    )  # fmt: skip
    return states.transit_state(events), rows


@given(observations(), st.randoms(use_true_random=False), st.data())
def test_order_and_repetition_change_nothing(
    said: list[Observation], chance: random.Random, data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(said))) if said else []
    mixed = [*said, *again]
    chance.shuffle(mixed)
    assert told(mixed) == told(said)


@given(observations(), observations())
def test_delivered_is_not_undone_by_what_is_older(said: list[Observation], late: list[Observation]) -> None:
    delivery = polled("2026-12-24 13:05", "Delivered to KHUMALO S at 10:42 on 27 Nov 2026", 9)
    for number, one in enumerate(late):
        one.fingerprint = f"late {number}"
    without_returns = [one for one in [*said, *late] if one.at is not None or "Return" not in one.description]
    assert states.transit_state(events_from([*without_returns, delivery])) == states.DELIVERED


@given(observations())
def test_no_source_is_lost_and_nothing_is_told_twice(said: list[Observation]) -> None:
    events = events_from(said)
    assert len(events) <= len(said)
    assert {source for event in events for source in event.sources} == {one.source for one in said}
    for channel in {(one.source, one.notification) for one in said}:
        assert len(events) >= sum((one.source, one.notification) == channel for one in said)
