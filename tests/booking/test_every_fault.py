"""Over real HTTP: each fault of the courier on a submission, and the state that must follow on both sides."""

from typing import Any

import pytest

from accounts.identities import log_in
from shipments import booking, resuming, sending
from shipments.models import Submission, Waybill
from tests.courier import Courier
from tests.making import make_waybill

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = [
    # kind, more, state here, outcome of the attempt, whether BEX has it
    ("cut_before", {}, "unknown", "lost", False),
    ("cut_after", {}, "unknown", "lost", True),
    ("hang_before", {"seconds": 20}, "unknown", "lost", False),
    ("hang_after", {"seconds": 20}, "unknown", "lost", True),
    ("drip", {"seconds": 20}, "unknown", "lost", None),
    ("slow", {"seconds": 0.5}, "booked", "booked", True),
    ("status", {"status": 500}, "unknown", "lost", False),
    ("status", {"status": 502, "commit": True}, "unknown", "lost", True),
    ("status", {"status": 408}, "unknown", "lost", False),
    ("status", {"status": 302}, "unknown", "lost", False),
    ("status", {"status": 418}, "unknown", "lost", False),
    ("status", {"status": 429}, "queued", "not_sent", False),
    ("status", {"status": 401}, "rejected", "refused", False),
    ("status", {"status": 404}, "rejected", "refused", False),
    ("html", {}, "unknown", "lost", False),
    ("truncated", {}, "unknown", "lost", True),
    ("empty", {}, "unknown", "lost", None),
    ("ex", {"text": "Receiver street is invalid."}, "rejected", "refused", False),
    ("ex_after_commit", {"text": "Internal error."}, "rejected", "refused", True),
]


@pytest.mark.parametrize(
    ("kind", "more", "state", "outcome", "at_bex"), FAULTS, ids=[f"{kind} {more}" for kind, more, *_ in FAULTS]
)
def test_each_fault_leaves_the_state_that_must_follow(
    waiting: Waybill,
    courier: Courier,
    settings: Any,
    kind: str,
    more: dict[str, Any],
    state: str,
    outcome: str,
    *,
    at_bex: bool | None,
) -> None:
    settings.BEX_READ_TIMEOUT, settings.BEX_DEADLINE = 1, 2
    courier.fault("submit", kind, **more)
    sending.send(waiting.pk)
    waybill = Waybill.objects.get()
    assert (waybill.booking_state, Submission.objects.get().outcome) == (state, outcome)
    if at_bex is not None:
        assert bool(courier.waybills) == at_bex
    sending.send(waiting.pk)
    assert Submission.objects.count() == 1


def test_an_ended_token_pauses_the_account_and_holds_what_waits(waiting: Waybill, courier: Courier) -> None:
    courier.control("tokens/end", {"username": "demo@rooibok.example"})
    sending.send(waiting.pk)
    waybill = Waybill.objects.select_related("account").get()
    assert (waybill.booking_state, waybill.hold_reason) == ("held", "access_refused")
    assert waybill.account.state == "paused"
    assert waybill.asked_by is not None
    other = make_waybill(waybill.account, waybill.asked_by)
    other = booking.ask(other.pk, waybill.asked_by, other.version)
    sending.send(other.pk)
    other.refresh_from_db()
    assert (other.booking_state, other.hold_reason) == ("held", "account_paused")
    assert courier.waybills == []
    log_in(label="Main", username="demo@rooibok.example", password="demo-password", by="test")
    resuming.resume_what_may_go_on()
    sending.send(other.pk)
    sending.send(waiting.pk)
    states = {one.pk: one.booking_state for one in Waybill.objects.all()}
    # What was never sent goes on at once; what was sent and refused only when surely nothing came of it.
    assert (states[other.pk], states[waiting.pk]) == ("booked", "held")
    assert len(courier.waybills) == 1
