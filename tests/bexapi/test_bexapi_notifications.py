"""What a delivery tells, read loosely; and which notifications are the same."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexapi import SAST, notifications
from bexapi.notifications import DeliveryUnreadable, NotificationUnreadable, read_delivery, read_notification
from bexapi.wire import dumps
from tests.bexapi.test_bexapi_webhooks import BODY

EVENT = {
    "Action": "tracking_event", "WaybillNumber": "ACP1", "TrackingDate": "2026-11-24 08:26:31", "TrackingUser": "JNB",
    "TrackingDescription": "Shipment handed to courier", "TrackingReference": "PO-1", "TrackingTypeId": "1",
}  # fmt: skip
UPDATE = {
    "Action": "waybill_update", "WaybillNumber": "ACP1", "Service": "ONC", "InsuranceRequired": "False",
    "InsuranceValue": 0, "ActualWeight": Decimal("7.50"), "VolumetricWeight": "4.80", "ChargeableWeight": "8.0",
    "BaseRateTotal": "100.00", "SurchargesTotal": "31.50", "SubTotal": "131.50", "Vat": "19.73",
    "TotalCharges": Decimal("151.23"),
    "Parcels": [{"ParcelBarcodeNumber": "ACP1-01", "Dimension1": 40, "Dimension2": "30", "Dimension3": 20,
                 "Weight": "7.50", "ParcelDescription": "PO-1"}],
}  # fmt: skip


def body(*items: object, **more: Any) -> bytes:
    return dumps({"Id": "a1", "Attempt": 2, "Properties": {}, "Notifications": list(items), **more}).encode()


def one(item: object) -> notifications.Notification:
    (read,) = read_delivery(body(item)).notifications
    return read


def test_the_published_delivery() -> None:
    delivery = read_delivery(BODY)
    assert (delivery.id, delivery.attempt, len(delivery.notifications)) == ("1234567890", 1, 2)
    assert {each.action for each in delivery.notifications} == {"a1"}


def test_a_tracking_event() -> None:
    read = one(EVENT)
    assert (read.action, read.waybill_number) == ("tracking_event", "ACP1")
    assert read.read() == notifications.TrackingTold(
        datetime(2026, 11, 24, 8, 26, 31, tzinfo=SAST), "2026-11-24 08:26:31", "Shipment handed to courier", 1, "JNB",
        "PO-1",
    )  # fmt: skip


def test_a_proof_of_delivery_and_an_attempt() -> None:
    when = datetime(2026, 11, 24, 8, 26, tzinfo=SAST)
    pod = one({"Action": "pod", "PODDate": "2026-11-24", "PODTime": "08:26:00", "Signee": "K S", "PODPieces": 2})
    assert pod.read() == notifications.PodTold(when, "2026-11-24 08:26:00", "K S", 2)
    tried = one(
        {"Action": "attempted_delivery", "AttemptedDate": "2026-11-24", "AttemptedTime": "08:26:00",
         "NonDeliveryReason": "premises closed", "DriverComment": "gate locked"}
    )  # fmt: skip
    assert tried.read() == notifications.AttemptTold(when, "2026-11-24 08:26:00", "premises closed", "gate locked")


def test_an_update_keeps_every_digit() -> None:
    told = one(UPDATE).read()
    assert isinstance(told, notifications.UpdateTold)
    assert (told.total, told.vat, told.actual_weight_kg) == (Decimal("151.23"), Decimal("19.73"), Decimal("7.50"))
    (parcel,) = told.parcels
    assert (parcel.barcode, parcel.breadth_cm, parcel.weight_kg) == ("ACP1-01", Decimal(30), Decimal("7.50"))


def test_a_note_needs_no_number() -> None:
    note = one({"Action": "waybill_note", "PostedBy": "JNB", "NoteDate": "2026-11-24 08:26:31", "NoteText": "Söhne"})
    assert note.waybill_number == ""
    assert note.read() == notifications.NoteTold("JNB", datetime(2026, 11, 24, 8, 26, 31, tzinfo=SAST),
                                                 "2026-11-24 08:26:31", "Söhne")  # fmt: skip


def test_names_in_any_case() -> None:
    assert one({name.lower(): value for name, value in EVENT.items()}).read() == one(EVENT).read()


def test_the_same_content_is_the_same_whatever_brought_it() -> None:
    first = read_delivery(body(EVENT, Id="a", Attempt=1)).notifications[0].fingerprint
    again = read_delivery(body(dict(reversed(EVENT.items())), Id="b", Attempt=3)).notifications[0].fingerprint
    assert first == again == one({**EVENT, "More": None, "Less": ""}).fingerprint
    assert one(UPDATE).fingerprint == one({**UPDATE, "ActualWeight": Decimal("7.5")}).fingerprint
    assert one({**EVENT, "WaybillNumber": "ACP2"}).fingerprint != first
    assert one({**EVENT, "TrackingDate": "2026-11-24 08:26:32"}).fingerprint != first


def test_it_can_be_read_again_from_what_is_kept() -> None:
    for item in (EVENT, UPDATE):
        kept = one(item)
        again = read_notification(kept.content)
        assert (again.fingerprint, again.read()) == (kept.fingerprint, kept.read())


@pytest.mark.parametrize("odd", [b"", b"no JSON", b"[]", b'"x"', b'{"Notifications": 5}', b"[" * 100_000])
def test_what_is_no_delivery_is_said(odd: bytes) -> None:
    with pytest.raises(DeliveryUnreadable):
        read_delivery(odd)


@pytest.mark.parametrize(
    "item",
    [
        {"Action": "tracking_event", "WaybillNumber": "ACP1"},
        {"Action": "pod"},
        {"Action": "attempted_delivery"},
        {"Action": "waybill_update"},
        {"Action": "waybill_note", "NoteText": " "},
        {"Action": "waybill_update", "TotalCharges": "99999999999.00"},
        {"Action": "something_new", "WaybillNumber": "ACP1"},
        {},
        "a text",
        None,
        [1],
    ],
)
def test_what_its_kind_must_hold_and_does_not_is_found_when_it_is_read(item: object) -> None:
    with pytest.raises(NotificationUnreadable):
        one(item).read()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*EVENT, "x"]), inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=4))
def test_whatever_is_signed_is_read_or_said_to_be_unreadable(items: list[object]) -> None:
    for read in read_delivery(body(*items)).notifications:
        assert read_notification(read.content).fingerprint == read.fingerprint
        try:
            read.read()
        except NotificationUnreadable:
            continue


@given(st.binary(max_size=200))
def test_any_bytes_at_all(data: bytes) -> None:
    try:
        read_delivery(data)
    except DeliveryUnreadable:
        return
