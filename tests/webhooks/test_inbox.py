"""The inbox: each thing once, whatever brought it and in whatever order; what cannot be attached waits."""

import itertools
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import ShippingAccount, User
from shipments.models import LookUp, Submission, Waybill
from tests.making import make_option, make_quote, make_waybill
from tests.webhooks.courier import SECRET, attempt, body_of, event, note, openssl_signature, pod, update
from tests.webhooks.making import Book, Subscribe, deliver, post, take
from tracking.models import Delivery, Notification, Observation, Subscription, WaybillNote
from tracking.tasks import take_inbox
from tracking.webhooks import mending

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
NUMBER = "ACP00000001"


def states() -> list[str]:
    return sorted(Notification.objects.values_list("state", flat=True))


def fresh(waybill: Waybill) -> Waybill:
    return Waybill.objects.get(pk=waybill.pk)


def test_all_five_kinds_in_one_delivery(subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    deliver(subscription, event(), attempt(), pod(), update(), note(WaybillNumber=NUMBER))
    done = take()
    assert (done.deliveries, done.told, done.applied) == (1, 5, 5)
    waybill = fresh(waybill)
    assert (waybill.transit_state, waybill.signee) == ("delivered", "KHUMALO S")
    assert waybill.delivered_at == datetime(2026, 11, 25, 8, 42, tzinfo=UTC)
    assert {kind for (kind,) in waybill.events.values_list("kind")} == {"handed_over", "attempt_failed", "delivered"}
    assert waybill.reweighings.get().parcels.get().weight_kg == waybill.reweighings.get().actual_weight_kg
    assert waybill.prices.get(kind="reweighed").total is not None
    assert [one.text for one in waybill.notes.all()] == ["Customer asks for delivery after noon"]
    assert set(Notification.objects.values_list("waybill", flat=True)) == {waybill.pk}
    delivery = Delivery.objects.get()
    assert (delivery.bex_id, delivery.attempt, delivery.notifications_count, delivery.new_count) == ("d1", 1, 5, 5)


def test_once_per_content_whatever_the_id_or_the_attempt(subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    for bex_id, number in (("d1", 1), ("d1", 2), ("d2", 1), ("d3", 3)):
        deliver(subscription, event(), note(WaybillNumber=NUMBER), update(), id=bex_id, attempt=number)
    take()
    deliver(subscription, event(), update(), id="later")
    take()
    assert Delivery.objects.count() == 5
    assert Notification.objects.count() == 3
    assert (waybill.events.count(), waybill.notes.count(), waybill.prices.filter(kind="reweighed").count()) == (1, 1, 1)


def test_any_order_gives_the_same(subscription: Subscription, book: Book) -> None:
    told = [event(), event(text="Shipment loaded onto vehicle for delivery", TrackingDate="2026-11-25 07:30:00"), pod()]
    outcomes = set()
    for place, order in enumerate(itertools.permutations(range(3))):
        number = f"ACP9000000{place}"
        waybill = book(number)
        for index in order:
            deliver(subscription, {**told[index], "WaybillNumber": number}, id=f"{place}-{index}")
            take()
        found = fresh(waybill)
        outcomes.add((found.transit_state, found.signee, found.delivered_at, found.events.count()))
    assert outcomes == {("delivered", "KHUMALO S", datetime(2026, 11, 25, 8, 42, tzinfo=UTC), 3)}


def test_a_parcel_that_is_not_yet_known_is_attached_later(subscription: Subscription, book: Book) -> None:
    deliver(subscription, event(), pod())
    assert take().waiting == 2
    assert states() == ["waiting", "waiting"]
    assert "No waybill here has the number" in Notification.objects.all()[0].why
    take()
    waybill = book(NUMBER)
    assert take().applied == 2
    assert fresh(waybill).transit_state == "delivered"
    assert states() == ["taken", "taken"]


def test_another_endpoints_waybill_is_not_meant(subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    Waybill.objects.filter(pk=waybill.pk).update(endpoint="https://another.example")
    deliver(subscription, event())
    take()
    assert states() == ["waiting"]
    assert not Observation.objects.exists()


def test_a_note_without_a_number_waits_for_a_person(subscription: Subscription, book: Book, admin: User) -> None:
    waybill = book(NUMBER)
    deliver(subscription, note())
    take()
    waiting = Notification.objects.get()
    assert (waiting.state, waiting.why) == ("waiting", "BEX names no waybill in it.")
    with pytest.raises(mending.NoSuchWaybill):
        mending.attach(waiting, "ACP404", admin)
    mending.attach(waiting, f" {NUMBER} ", admin)
    take()
    assert waybill.notes.get().posted_by == "NomsaD"
    assert states() == ["taken"]


@pytest.mark.parametrize(
    "poison",
    [
        {"Action": "tracking_event", "WaybillNumber": NUMBER},
        {"Action": "waybill_update", "WaybillNumber": NUMBER, "TotalCharges": "1e30"},
        {"Action": "waybill_update", "WaybillNumber": NUMBER, "TotalCharges": "123456789012345.00"},
        {"Action": "pod"},
        {"Action": "waybill_note", "NoteText": ""},
        {"Action": "something_new", "WaybillNumber": NUMBER},
        {"Action": {"odd": [1]}, "WaybillNumber": ["x"]},
        {"nothing": "at all"},
    ],
)
def test_a_poisonous_one_does_not_block_the_others(subscription: Subscription, book: Book, poison: Any) -> None:
    waybill = book(NUMBER)
    deliver(subscription, event(), poison, pod())
    for _ in range(3):
        take()
    assert fresh(waybill).transit_state == "delivered"
    assert states() == ["poisoned", "taken", "taken"]
    assert Notification.objects.get(state="poisoned").why


def test_odd_members_of_the_list_are_kept_and_shown(subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    deliver(subscription, event(), "a text", None, 7, [event()])  # type: ignore[arg-type]
    take()
    assert fresh(waybill).events.count() == 1
    assert Notification.objects.filter(state="poisoned").count() == 4


def test_texts_that_no_database_takes_are_cleaned(subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    body = body_of(event(text="Held\\u0000 for \\ud800 customs")).replace(b"\\\\u", b"\\u")
    assert post(subscription, body, openssl_signature(SECRET, body)).status_code == 200
    take()
    assert "Held" in fresh(waybill).events.get().description


def test_what_is_signed_and_no_delivery_is_seen_and_harms_nothing(subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    for body in (b"no JSON", b"[1, 2]", b'{"Notifications": "x"}'):
        assert post(subscription, body, openssl_signature(SECRET, body)).status_code == 200
    deliver(subscription, event())
    assert take().deliveries == 4
    assert Delivery.objects.exclude(problem="").count() == 3
    assert fresh(waybill).events.count() == 1


def test_forged_ones_tell_nothing(subscription: Subscription, book: Book) -> None:
    book(NUMBER)
    body = body_of(event())
    post(subscription, body, openssl_signature("x" * 64, body))
    post(subscription, body, None)
    assert take().deliveries == 0
    assert not Notification.objects.exists()


def test_what_fails_for_another_reason_is_tried_again_then_set_aside(
    subscription: Subscription, book: Book, settings: Any
) -> None:
    waybill = book(NUMBER)
    # Its number is held by a row of which the database refuses another re-weighing: a value beyond its column.
    deliver(subscription, update(ActualWeight="99999.99", ChargeableWeight="999999.99"), event())
    for _ in range(4):
        Notification.objects.update(next_try_at=None)
        take()
    assert fresh(waybill).events.count() == 1
    assert Notification.objects.get(kind="tracking_event").state == "taken"


def test_the_retry_of_a_delivery_tells_nothing_new(subscription: Subscription, book: Book) -> None:
    book(NUMBER)
    deliver(subscription, event(), id="d1", attempt=1)
    take()
    deliver(subscription, event(), id="d1", attempt=2)
    take()
    assert list(Delivery.objects.order_by("received_at").values_list("attempt", "new_count")) == [(1, 1), (2, 0)]


def test_polling_and_webhooks_are_one_list(subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    at = datetime(2026, 11, 24, 6, 26, tzinfo=UTC)
    Observation.objects.create(
        waybill=waybill, source="poll", fingerprint="p1", description="Shipment handed to courier", at=at, position=0
    )
    deliver(subscription, event())
    take()
    assert waybill.events.get().sources == ["poll", "webhook"]


# --- an unknown booking ----------------------------------------------------------------------------------------------
@pytest.fixture
def lost(account: ShippingAccount, booker: User) -> Submission:
    """An attempt that was never answered, sent with a number of ours."""
    waybill = make_waybill(account, booker, option=make_option(make_quote(account, booker)), senders_ref="SO-1")
    sent = timezone.now() - timedelta(hours=1)
    return Submission.objects.create(
        waybill=waybill, number=1, outcome="lost", reference="R" * 20, waybill_version=1, account=account,
        identity=account.identity, endpoint=account.endpoint, payload={"sendersRef": "SO-1"}, own_number="OWN0001",
        lease_until=sent, lease_boot_id="", lease_until_tick=0, claimed_at=sent, answered_at=sent,
    )  # fmt: skip


def now_text(ago: timedelta = timedelta(0)) -> str:
    return f"{timezone.localtime(timezone.now() - ago):%Y-%m-%d %H:%M:%S}"


def test_it_is_evidence_where_the_number_is_ours(subscription: Subscription, lost: Submission) -> None:
    deliver(subscription, event("OWN0001", TrackingDate=now_text(), TrackingReference="SO-1"))
    assert take().applied == 1
    waybill = fresh(lost.waybill)
    assert (waybill.booking_state, waybill.waybill_number) == ("booked", "OWN0001")
    assert (waybill.number_source, waybill.transit_state) == ("webhook", "with_bex")
    assert LookUp.objects.get().reason == "BEX told of it by itself"


def test_it_is_evidence_where_the_reference_is_the_attempts(subscription: Subscription, lost: Submission) -> None:
    deliver(subscription, event("ACP777", TrackingDate=now_text(), TrackingReference="R" * 20))
    take()
    assert fresh(lost.waybill).waybill_number == "ACP777"


@pytest.mark.parametrize(
    "told",
    [
        {"TrackingReference": "SOMEBODY ELSE"},
        {"TrackingReference": "SO-1", "TrackingDate": "2020-01-01 08:00:00"},
        {"WaybillNumber": "OWN0002"},
    ],
)
def test_what_may_be_another_shipment_proves_nothing(
    subscription: Subscription, lost: Submission, told: dict[str, str]
) -> None:
    deliver(subscription, event(**{"number": "OWN0001", "TrackingDate": now_text(), **told}))
    for _ in range(3):
        take()
    assert fresh(lost.waybill).waybill_number == ""
    assert states() == ["waiting"]
    assert not LookUp.objects.exists()


def test_it_waits_while_the_attempt_is_under_way(subscription: Subscription, lost: Submission) -> None:
    Submission.objects.filter(pk=lost.pk).update(outcome="claimed")
    deliver(subscription, event("ACP777", TrackingDate=now_text(), TrackingReference="R" * 20))
    take()
    assert states() == ["waiting"]
    Submission.objects.filter(pk=lost.pk).update(outcome="lost")
    take()
    assert fresh(lost.waybill).booking_state == "booked"
    assert states() == ["taken"]


# --- again, and in time ----------------------------------------------------------------------------------------------
def test_replayed_it_changes_nothing_that_is_right(subscription: Subscription, book: Book, admin: User) -> None:
    waybill = book(NUMBER)
    deliver(subscription, event(), pod(), update(), note(WaybillNumber=NUMBER))
    take()
    before = list(waybill.events.values_list("fingerprint", flat=True))
    assert mending.take_again(Delivery.objects.get(), admin)
    assert take().applied == 4
    assert list(waybill.events.values_list("fingerprint", flat=True)) == before
    assert (waybill.notes.count(), waybill.prices.filter(kind="reweighed").count(), WaybillNote.objects.count()) == (
        1,
        1,
        1,
    )
    assert Delivery.objects.get().new_count == 4


def test_a_forged_one_is_not_replayed(subscription: Subscription, admin: User) -> None:
    post(subscription, b"{}", openssl_signature("x" * 64, b"{}"))
    assert not mending.take_again(Delivery.objects.get(), admin)


def test_old_deliveries_go_and_what_they_told_stays(subscription: Subscription, book: Book, settings: Any) -> None:
    settings.WEBHOOK_RETENTION_DAYS = 30
    waybill = book(NUMBER)
    deliver(subscription, event())
    take()
    deliver(subscription, pod(), id="not taken yet")
    post(subscription, b"{}", None)
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=31))
    deliver(subscription, attempt(), id="young")
    assert mending.forget_old_deliveries() == 2
    assert Delivery.objects.count() == 2
    assert Notification.objects.get().delivery is None
    assert waybill.events.count() == 1
    take()
    assert fresh(waybill).transit_state == "delivered"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_each_thing_once(subscribe: Subscribe, book: Book) -> None:
    subscription = subscribe()
    waybills = [book(f"ACP0000010{place}") for place in range(5)]
    for place in range(40):
        told = [
            event(f"ACP0000010{(place + each) % 5}", TrackingDate=f"2026-11-24 08:{place:02}:00") for each in range(3)
        ]
        deliver(subscription, *told, id=f"d{place}")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            take()
        except BaseException as error:  # noqa: BLE001 - said below
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    take()
    assert failures == []
    assert Notification.objects.count() == 120
    assert states() == ["taken"] * 120
    assert [fresh(waybill).events.count() for waybill in waybills] == [24] * 5


def test_the_task_takes_what_waits_and_leaves_it_to_one_worker(subscription: Subscription, book: Book) -> None:
    from bexportal.models import Heartbeat

    waybill = book(NUMBER)
    deliver(subscription, event())
    Heartbeat.objects.create(name="inbox", at=timezone.now(), detail="runs")
    take_inbox()
    assert not waybill.events.exists()
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=1))  # it was killed
    take_inbox()
    assert waybill.events.count() == 1
    assert "1 applied" in Heartbeat.objects.get(name="inbox").detail
    deliver(subscription, pod(), id="d2")
    take_inbox()
    assert fresh(waybill).transit_state == "delivered"
