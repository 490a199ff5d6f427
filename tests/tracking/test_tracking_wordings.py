"""What BEX's words mean."""

from datetime import datetime

import pytest

from bexapi import SAST
from tracking.wordings import TYPE_IDS, Kind, meaning


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("Shipment integrated to courier system", Kind.INTEGRATED, ""),
        ("Shipment integrated into our system", Kind.INTEGRATED, ""),
        ("Shipment handed to courier", Kind.HANDED_OVER, ""),
        ("Departed JNB depot for PRY branch", Kind.DEPARTED, "JNB"),
        ("Shipment departed JNB branch", Kind.DEPARTED, "JNB"),
        ("Shipment departed JNB branch/depot", Kind.DEPARTED, "JNB"),
        ("Shipment departed Cape Town depot for PRY branch", Kind.DEPARTED, "Cape Town"),
        ("Arrived into PRY depot", Kind.ARRIVED, "PRY"),
        ("Shipment arrived at PRY branch", Kind.ARRIVED, "PRY"),
        ("Loaded onto vehicle for delivery", Kind.LOADED, ""),
        ("Shipment loaded onto vehicle for delivery", Kind.LOADED, ""),
        ("Delivery attempt failed because receiver not available", Kind.ATTEMPT_FAILED, ""),
        ("Driver confirmed successful delivery", Kind.DRIVER_CONFIRMED, ""),
        ("Delivered to PRTER ME.A at 08:26 on 03 Sep 2021", Kind.DELIVERED, ""),
        ("Return to sender", Kind.RETURNED, ""),
    ],
)
def test_every_documented_wording_has_its_kind(text: str, kind: Kind, place: str) -> None:
    assert (meaning(text).kind, meaning(text).place) == (kind, place)
    assert meaning(f"  {text.upper()} ".replace(" ", "  ")).kind == kind


def test_who_signed_and_when_stand_in_the_text() -> None:
    read = meaning("Delivered to PRTER ME.A at 08:26 on 03 Sep 2021")
    assert read.signee == "PRTER ME.A"
    assert read.at == datetime(2021, 9, 3, 8, 26, tzinfo=SAST)


def test_a_name_may_hold_the_word_at() -> None:
    assert meaning("Delivered to SPAR AT WORK at 09:00 at 08:26 on 3 September 2021").signee == "SPAR AT WORK at 09:00"


@pytest.mark.parametrize("nobody", ["", "-", " "])
def test_where_nobody_signed_there_is_no_name(nobody: str) -> None:
    read = meaning(f"Delivered to {nobody} at 08:26 on 03 Sep 2021")
    assert (read.kind, read.signee) == (Kind.DELIVERED, "")


def test_a_day_that_does_not_exist_leaves_the_name_and_gives_no_moment() -> None:
    read = meaning("Delivered to KHUMALO at 08:26 on 31 Feb 2021")
    assert (read.kind, read.signee, read.at) == (Kind.DELIVERED, "KHUMALO", None)


@pytest.mark.parametrize(
    "text", ["", "Parcel scanned", "Delivered to JNB depot", "We arrived late", "Returned to depot"]
)
def test_what_nobody_documented_stays_unclassified(text: str) -> None:
    assert meaning(text).kind == Kind.UNCLASSIFIED


def test_the_webhooks_type_speaks_where_the_words_do_not() -> None:
    assert meaning("tracking description", -1).kind == Kind.UNCLASSIFIED
    assert {meaning("tracking description", number).kind for number in TYPE_IDS} == set(TYPE_IDS.values())
    assert meaning("Loaded onto vehicle for delivery", 5).kind == Kind.LOADED


def test_both_documented_wordings_of_one_fact_have_the_same_details() -> None:
    polled, notified = "Departed JNB depot for PRY branch", "Shipment departed JNB depot for PRY branch"
    assert meaning(polled).details == meaning(notified).details
