"""Each fault of the courier on each call, over real HTTP: the state that must follow here, what BEX holds, and that
the next try works. A kind of fault that the sandbox learns has to be added here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import gateway
from accounts.identities import log_in
from accounts.models import Identity, ShippingAccount, User
from bexapi import BexError, RequestsTransport
from sandbox.faults import KINDS
from shipments import booking, documents, evidence, quoting, sending
from shipments.models import Document, Quote, Waybill
from tests.courier import Courier
from tests.making import make_quote, make_waybill
from tracking.sync import sync

pytestmark = pytest.mark.django_db(transaction=True)

USERNAME, PASSWORD = "demo@rooibok.example", "demo-password"
ANSWERED, REFUSED, NO_ANSWER = "answered", "refused", "no answer"
EARLY = "no answer, or known not to have been sent"
HELD = "held until somebody logged in"


@dataclass(frozen=True)
class Fault:
    """`comes_as`: what the caller makes of it. `more`: of the fault. `hangs`: only a time-out ends it."""

    comes_as: str
    more: dict[str, Any]
    hangs: bool = False


FAULTS = {
    "cut_connect": Fault(EARLY, {}),
    "cut_before": Fault(NO_ANSWER, {}),
    "cut_after": Fault(NO_ANSWER, {}),
    "cut_body": Fault(NO_ANSWER, {}),
    "hang_before": Fault(NO_ANSWER, {"seconds": 20}, hangs=True),
    "hang_after": Fault(NO_ANSWER, {"seconds": 20}, hangs=True),
    "slow": Fault(ANSWERED, {"seconds": 0.2}),
    "drip": Fault(NO_ANSWER, {"seconds": 20}, hangs=True),
    "status": Fault(NO_ANSWER, {"status": 500}),
    "html": Fault(NO_ANSWER, {}),
    "truncated": Fault(NO_ANSWER, {}),
    "empty": Fault(NO_ANSWER, {}),
    "nothing": Fault(NO_ANSWER, {}),
    "ex": Fault(REFUSED, {"text": "Not today."}),
    "ex_after_commit": Fault(REFUSED, {"text": "Not today."}),
    "ex_beside": Fault(ANSWERED, {"text": "Mind the dog."}),
    "ended_token": Fault(REFUSED, {}),
    "changed_token": Fault(ANSWERED, {}),
}


@dataclass
class Portal:
    """An installation that logged in at the sandbox, with a waybill that waits to be sent."""

    courier: Courier
    admin: User
    waybill: Waybill
    hours: int = 0

    @property
    def now(self) -> Waybill:
        return Waybill.objects.get(pk=self.waybill.pk)

    def log_in(self, username: str = USERNAME) -> Identity:
        return log_in(label=username, username=username, password=PASSWORD, by=self.admin)


@pytest.fixture
def portal(courier: Courier, settings: Any) -> Portal:
    settings.BEX_API_URL = courier.url
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username=USERNAME, password=PASSWORD, by=admin)
    account = ShippingAccount.objects.create(number="316085", name="Head office", identity=identity)
    draft = make_waybill(account, admin)
    return Portal(courier, admin, booking.ask(draft.pk, admin, draft.version))


Step = Callable[[Portal], str]
"""Makes one call through the portal's own verb and says what the portal's rows tell of it now."""


def logging_in(portal: Portal) -> str:
    before = Identity.objects.values_list("sealed_token", "sealed_alternate_token").get()
    try:
        portal.log_in()
    except BexError as error:
        assert Identity.objects.values_list("sealed_token", "sealed_alternate_token").get() == before
        return REFUSED if type(error).__name__ == "BexRejected" else NO_ANSWER
    return ANSWERED


def quoting_(portal: Portal) -> str:
    asked = quoting.price_again(make_quote(portal.now.account, portal.admin), portal.admin)
    asked.refresh_from_db()
    assert asked.options.exists() == (asked.state == Quote.State.ANSWERED)
    return {"answered": ANSWERED, "refused": REFUSED, "unanswered": NO_ANSWER}[asked.state]


def submitting(portal: Portal) -> str:
    sending.send(portal.waybill.pk)
    waybill, attempt = portal.now, portal.now.attempts.latest("number")
    state = (waybill.booking_state, attempt.outcome)
    assert bool(waybill.waybill_number) == (state == ("booked", "booked"))
    return {
        ("booked", "booked"): ANSWERED, ("rejected", "refused"): REFUSED, ("unknown", "lost"): NO_ANSWER,
        ("queued", "not_sent"): EARLY, ("held", "refused"): HELD,
    }[state]  # fmt: skip


def tracking(portal: Portal) -> str:
    events = portal.now.events.count()
    portal.hours += 24
    result = sync(force=True, now=timezone.now() + timedelta(hours=portal.hours))
    assert result.parcels == 1
    assert portal.now.tracking_due_at is not None  # it is under way, whatever was answered
    assert (portal.now.events.count() > events) == (result.failed == 0)
    return ANSWERED if result.failed == 0 else NO_ANSWER


def fetching(kind: Document.Kind) -> Step:
    def fetch(portal: Portal) -> str:
        try:
            documents.fetch(portal.now, kind)
        except documents.DocumentRefused:
            outcome = REFUSED
        except documents.DocumentUnavailable:
            outcome = NO_ANSWER
        else:
            outcome = ANSWERED
        assert Document.objects.filter(kind=kind).exists() == (outcome == ANSWERED)
        return outcome

    return fetch


CALLS: dict[str, Step] = {
    "login": logging_in,
    "quote": quoting_,
    "submit": submitting,
    "track": tracking,
    "ewaybill": fetching(Document.Kind.EWAYBILL),
    "labels": fetching(Document.Kind.LABELS),
}
AFTER_BOOKING = {"track", "ewaybill", "labels"}
# Where a call makes of a fault something else than the others do.
OTHERWISE = {
    # A sweep counts a refusal as no answer: nobody waits there who could correct it.
    ("track", "ex"): NO_ANSWER, ("track", "ex_after_commit"): NO_ANSWER, ("track", "ended_token"): NO_ANSWER,
    # Not the shipment is refused. A document's refusal is shown in BEX's words, whatever it meant.
    ("submit", "ended_token"): HELD,
}  # fmt: skip


def test_every_kind_of_fault_is_here() -> None:
    assert FAULTS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_what_must_follow(portal: Portal, courier: Courier, settings: Any, call: str, kind: str) -> None:
    fault, step = FAULTS[kind], CALLS[call]
    if call in AFTER_BOOKING:
        submitting(portal)
        courier.control(f"waybills/{portal.now.waybill_number}/step", {})
    if fault.hangs:
        settings.BEX_READ_TIMEOUT, settings.BEX_DEADLINE = 0.5, 2
    courier.fault(call, kind, **fault.more)
    expected = OTHERWISE.get((call, kind), fault.comes_as)
    # A transport of its own: the fault that cuts at accept needs a connection that is not kept from before.
    with gateway.transport_in_use(RequestsTransport()):
        assert step(portal) in ({EARLY, NO_ANSWER} if expected == EARLY else {expected})
    courier.no_faults()
    settings.BEX_READ_TIMEOUT, settings.BEX_DEADLINE = 30, 40
    assert len(courier.waybills) == held_by_bex(call, kind)
    if call == "submit":
        and_then_the_evidence(portal, courier)
    else:
        and_then_it_works(portal, step, kind, call)


def held_by_bex(call: str, kind: str) -> int:
    """Where the fault is on another call, the waybill was booked before it or not asked for."""
    if call != "submit":
        return int(call in AFTER_BOOKING)
    return int(KINDS[kind].commits is True)


def and_then_the_evidence(portal: Portal, courier: Courier) -> None:
    """A second sending sends nothing; looking it up brings home what BEX holds, and nothing that it does not."""
    attempts, before = portal.now.attempts.count(), portal.now.booking_state
    sending.send(portal.waybill.pk)
    assert portal.now.attempts.count() == attempts
    for minutes in (2, 10):
        evidence.look_up_due(timezone.now() + timedelta(minutes=minutes))
    if courier.waybills:
        assert (portal.now.booking_state, portal.now.waybill_number) == ("booked", courier.waybills[0]["number"])
    else:
        assert portal.now.booking_state == before
    assert len(courier.waybills) <= 1


def and_then_it_works(portal: Portal, step: Step, kind: str, call: str) -> None:
    """After a log-in where the token ended; another step at BEX, so that there is news."""
    if kind in {"ended_token", "changed_token"} and call != "login":
        portal.log_in()
    if call == "track":
        portal.courier.control(f"waybills/{portal.now.waybill_number}/step", {})
    assert step(portal) == ANSWERED
