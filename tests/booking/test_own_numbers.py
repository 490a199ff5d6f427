"""Accounts to which BEX gave a range of numbers: each goes with one attempt, and nobody runs out unwarned."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShippingAccount, User
from bexapi import MaybeSent, NotSent
from shipments import booking, evidence, journal, own_numbers, restoring, resuming, sending
from shipments.models import NumberSeries, Submission, Waybill
from tests.booking.test_after_restore import forget_the_booking
from tests.courier import Courier, ScriptedBex, booked, refusal, tracked
from tests.making import make_waybill

pytestmark = pytest.mark.django_db


def make_series(account: ShippingAccount, first: int = 1, last: int = 100, **more: Any) -> NumberSeries:
    values = {"prefix": "RBK", "digits": 6, "next": first, **more}
    return NumberSeries.objects.create(account=account, first=first, last=last, **values)


@pytest.fixture
def series(account: ShippingAccount) -> NumberSeries:
    return make_series(account)


def send(waybill: Waybill) -> Waybill:
    sending.send(waybill.pk)
    return Waybill.objects.get(pk=waybill.pk)


def asked_anew(account: ShippingAccount, by: User) -> Waybill:
    made = make_waybill(account, by)
    return booking.ask(made.pk, by, made.version)


def test_without_a_series_bex_makes_the_number(asked: Waybill, bex: ScriptedBex) -> None:
    send(asked)
    (wire,) = bex.sent("submit")
    assert (wire["waybillNumber"], wire["autoGenerateWaybillNumber"]) == ("", True)


def test_the_next_number_travels_with_the_attempt_and_stands_in_the_journal(
    asked: Waybill, series: NumberSeries, bex: ScriptedBex
) -> None:
    bex.on("submit", booked("RBK000001"))
    waybill = send(asked)
    (wire,) = bex.sent("submit")
    assert (wire["waybillNumber"], wire["autoGenerateWaybillNumber"]) == ("RBK000001", False)
    assert waybill.waybill_number == "RBK000001"
    (entry,) = journal.entries().values()
    assert entry.sent["own_number"] == "RBK000001"
    series.refresh_from_db()
    assert (series.next, series.left) == (2, 99)


def test_a_refused_number_is_not_used_again_and_the_gap_is_explained(
    asked: Waybill, series: NumberSeries, booker: User, bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("Receiver street is invalid."), booked("RBK000002"))
    waybill = send(asked)
    waybill = send(booking.ask(waybill.pk, booker, waybill.version))
    assert [wire["waybillNumber"] for wire in bex.sent("submit")] == ["RBK000001", "RBK000002"]
    assert [(gap.number, gap.why.split(";")[0]) for gap in own_numbers.gaps(series)] == [
        ("RBK000001", "was refused by BEX")
    ]


def test_what_did_not_leave_takes_a_new_number_when_it_is_tried_again(
    asked: Waybill, series: NumberSeries, bex: ScriptedBex
) -> None:
    bex.on("submit", NotSent("connection refused"), booked("RBK000002"))
    waybill = send(asked)
    Waybill.objects.filter(pk=waybill.pk).update(send_after=None)
    assert send(waybill).waybill_number == "RBK000002"
    assert [attempt.own_number for attempt in waybill.attempts.all()] == ["RBK000001", "RBK000002"]


def test_a_lost_attempt_with_its_own_number_is_never_sent_again_by_itself(
    asked: Waybill, series: NumberSeries, bex: ScriptedBex
) -> None:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    waybill = send(asked)
    assert (waybill.booking_state, waybill.waybill_number) == ("unknown", "")
    send(waybill)
    evidence.look_up_due(timezone.now() + timedelta(minutes=2))
    assert len(bex.sent("submit")) == 1
    assert Waybill.objects.get(pk=waybill.pk).booking_state == "unknown"


@pytest.mark.parametrize(
    ("senders_ref", "hours", "state"), [("", 1, "booked"), ("SO-9", 1, "unknown"), ("", -48, "unknown")],
    ids=["ours", "another reference", "older than the attempt"],
)  # fmt: skip
def test_a_lost_attempt_is_also_looked_up_by_its_number(
    asked: Waybill, series: NumberSeries, bex: ScriptedBex, senders_ref: str, hours: int, state: str
) -> None:
    bex.on("submit", MaybeSent("no answer within 30 s"))
    send(asked)
    at = timezone.localtime(timezone.now() + timedelta(hours=hours)).strftime("%d-%m-%Y %H:%M")
    by_number = tracked(("77", "RBK000001", [(at, "Shipment integrated to courier system")]))
    if senders_ref:
        by_number = type(by_number)(
            by_number.status, by_number.headers, by_number.body.replace(b'"col3": ""', b'"col3": "SO-9"')
        )
    bex.on("track", tracked(), by_number)
    evidence.look_up_due(timezone.now() + timedelta(minutes=2))
    assert [body["searchItems"] for body in bex.sent("track")][1] == "RBK000001"
    waybill = Waybill.objects.get(pk=asked.pk)
    assert (waybill.booking_state, waybill.waybill_number) == (state, "RBK000001" if state == "booked" else "")


def test_without_a_number_left_it_is_held_and_goes_on_with_the_next_range(
    asked: Waybill, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    make_series(account, 1, 1)
    bex.on("submit", booked("RBK000001"), booked("RBL000001"))
    send(asked)
    second = send(asked_anew(account, booker))
    assert (second.booking_state, second.hold_reason) == ("held", "numbers_used_up")
    assert second.attempts.count() == 0
    assert resuming.resume_what_may_go_on() == 0
    make_series(account, prefix="RBL")
    assert resuming.resume_what_may_go_on() == 1
    assert send(second).waybill_number == "RBL000001"


def test_an_ended_series_gives_no_number_and_bex_makes_them_again(
    asked: Waybill, series: NumberSeries, admin: User, bex: ScriptedBex
) -> None:
    assert own_numbers.end(series, admin)
    assert not own_numbers.end(series, admin)
    send(asked)
    assert bex.sent("submit")[0]["waybillNumber"] == ""


def test_few_left_is_told_and_plenty_is_not(account: ShippingAccount, coast: ShippingAccount) -> None:
    make_series(account, 1, 40)
    make_series(account, 41, 49)
    make_series(coast, 1, 50, prefix="CST")
    assert [(low.account, low.left) for low in own_numbers.running_low()] == [(account, 49)]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"first": 90, "last": 120}, "first"),
        ({"prefix": "RBK0", "digits": 5, "first": 100, "last": 100}, "first"),
        ({"prefix": "X", "first": 9, "last": 8}, "last"),
        ({"prefix": "X", "digits": 2, "first": 1, "last": 100}, "digits"),
        ({"prefix": "rbk"}, "prefix"),
    ],
    ids=["overlap", "overlap with another split", "backwards", "too few digits", "small letters"],
)
def test_a_range_that_cannot_be_is_refused_at_its_field(series: NumberSeries, more: dict[str, Any], field: str) -> None:
    wrong = NumberSeries(**{"account": series.account, "prefix": "RBK", "digits": 6, "first": 1, "last": 9, **more})
    with pytest.raises(ValidationError) as told:
        wrong.full_clean(exclude=["next", "created_by", "ended_at"])
    assert field in told.value.message_dict


def test_the_database_holds_the_range_too(series: NumberSeries) -> None:
    with pytest.raises(IntegrityError, match="series_next_within_its_range"), transaction.atomic():
        NumberSeries.objects.filter(pk=series.pk).update(next=102)


def test_an_admin_enters_a_range_and_sees_its_gaps(
    admin: User, account: ShippingAccount, asked: Waybill, bex: ScriptedBex
) -> None:
    as_admin = Client()
    as_admin.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    add = reverse("admin:shipments_numberseries_add")
    range_ = {
        "account": str(account.pk),
        "prefix": "RBK",
        "digits": "6",
        "first": "1",
        "last": "100",
        "warn_below": "5",
    }
    assert as_admin.post(add, range_).status_code == 302
    again = as_admin.post(add, {**range_, "first": "50"}).content.decode()
    assert "has numbers of this range already" in again
    bex.on("submit", refusal("Receiver street is invalid."))
    send(asked)
    shown = NumberSeries.objects.get()
    page = as_admin.get(reverse("admin:shipments_numberseries_change", args=[shown.pk])).content.decode()
    assert "RBK000001" in page
    assert "was refused by BEX" in page
    changed = {"warn_below": "7", "note": "By telephone", "last": "999999", "next": "1"}
    as_admin.post(reverse("admin:shipments_numberseries_change", args=[shown.pk]), changed)
    shown.refresh_from_db()
    assert (shown.warn_below, shown.last, shown.next) == (7, 100, 2)


def test_after_a_restore_no_number_is_given_out_again(
    asked: Waybill, series: NumberSeries, booker: User, bex: ScriptedBex
) -> None:
    bex.on("submit", booked("RBK000001"), booked("RBK000002"))
    send(asked)
    forget_the_booking(asked, row=False)
    NumberSeries.objects.update(next=1)
    findings = restoring.after_restore()
    assert len(findings.series_moved) == 1
    restoring.release(None)
    assert send(asked_anew(series.account, booker)).waybill_number == "RBK000002"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_workers_take_each_number_once(waiting: Waybill, courier: Courier) -> None:
    by, account = User.objects.get(), waiting.account
    make_series(account, 1, 9)
    waybills = [waiting, *(asked_anew(account, by) for _ in range(7))]

    def work(waybill: Waybill) -> None:
        try:
            sending.send(waybill.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[waybill]) for waybill in waybills]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for waybill in waybills:
        sending.send(waybill.pk)  # whoever found no turn or lost the race for the row
    numbers = sorted(Submission.objects.values_list("own_number", flat=True))
    assert numbers == [f"RBK{place:06d}" for place in range(1, 9)]
    assert sorted(row["number"] for row in courier.waybills) == numbers
