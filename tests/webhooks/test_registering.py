"""A subscription's life at the sandbox, over real HTTP, with the echo answered by a real server meanwhile."""

from typing import Any

import pytest
import requests

from accounts import gateway
from accounts.models import TrailEntry, User
from bexapi import MaybeSent, NotSent, WireRequest, WireResponse
from tests.courier import Courier, ScriptedBex, answer
from tests.webhooks.courier import event
from tracking.models import Delivery, Subscription
from tracking.webhooks import inbox, reaching, registering, replacing, trying
from tracking.webhooks.settling import NotDone, NotNow

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "demo-webhook-key"


@pytest.fixture
def portal(live_server: Any, courier: Courier, settings: Any) -> str:
    settings.PUBLIC_URL = str(live_server.url)
    settings.BEX_API_URL = settings.BEX_WEBHOOK_URL = courier.url
    return str(live_server.url)


@pytest.fixture
def prepared(portal: str, admin: User) -> Subscription:
    return registering.prepare(description="Deliveries", filters=["pod"], key=KEY, by=admin)


def at_bex(courier: Courier) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{courier.url}/_sandbox/webhooks?secrets=1", timeout=10).json()[
        "webhooks"
    ]
    return found


def fresh(subscription: Subscription) -> Subscription:
    return Subscription.objects.get(pk=subscription.pk)


class Between:
    """The real courier, with one call that is answered otherwise; what reached it is done all the same."""

    def __init__(self, path: str, outcome: Exception, *, reaches: bool) -> None:
        self.path, self.outcome, self.reaches, self.left = path, outcome, reaches, 1

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.url.endswith(self.path) and self.left:
            self.left -= 1
            if self.reaches:
                requests.post(request.url, data=request.body, headers=dict(request.headers), timeout=20)
            raise self.outcome
        reply = requests.post(request.url, data=request.body, headers=dict(request.headers), timeout=20)
        return WireResponse(reply.status_code, dict(reply.headers), reply.content)


def test_from_the_key_to_the_first_delivery(portal: str, courier: Courier, admin: User) -> None:
    made = registering.add(description="All of it", filters=[], key=KEY, by=admin)
    assert (made.state, made.registrations, made.problem) == ("active", 1, "")
    assert made.echoed_at is not None
    (there,) = at_bex(courier)
    assert there["uri"] == f"{portal}/hooks/{made.token}"
    assert (there["secret"], bool(there["active"])) == (made.secret(), True)
    assert len(made.secret()) == 64
    courier.control("webhooks/send", {"notifications": [event()]})
    wait_for(lambda: Delivery.objects.filter(verdict="signed").exists())
    assert [entry.action for entry in TrailEntry.objects.order_by("pk")] == [
        "webhook.prepared", "webhook.registering", "webhook.registered", "webhook.activated",
    ]  # fmt: skip


def wait_for(holds: Any, seconds: float = 15) -> None:
    import time

    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_each_has_a_path_and_a_secret_of_its_own(portal: str, admin: User) -> None:
    first = registering.prepare(description="One", filters=[], key=KEY, by=admin)
    second = registering.prepare(description="Two", filters=[], key="coast-webhook-key", by=admin)
    assert first.token != second.token
    assert first.secret() != second.secret()
    assert min(len(first.token), len(second.token)) >= 32


def test_one_live_subscription_per_key(prepared: Subscription, admin: User) -> None:
    with pytest.raises(registering.AlreadyThere) as refused:
        registering.prepare(description="Another", filters=[], key=f" {KEY} ", by=admin)
    assert refused.value.subscription == prepared
    registering.end(prepared, admin)
    assert registering.prepare(description="Another", filters=[], key=KEY, by=admin).state == "prepared"


def test_step_by_step(prepared: Subscription, courier: Courier, admin: User) -> None:
    registering.register(prepared, admin)
    assert prepared.state == "registered"
    assert [bool(one["active"]) for one in at_bex(courier)] == [False]
    registering.activate(prepared, admin)
    assert prepared.state == "active"
    registering.end(prepared, admin)
    assert (prepared.state, at_bex(courier)) == ("ended", [])
    assert (prepared.sealed_key, prepared.sealed_secret) == ("", "")


def test_a_second_click_registers_nothing(prepared: Subscription, courier: Courier, admin: User) -> None:
    stale = fresh(prepared)
    registering.register(prepared, admin)
    with pytest.raises(NotNow):
        registering.register(stale, admin)
    assert len(at_bex(courier)) == 1


# --- the address is looked at before BEX is asked --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://portal.example.co.za", "plain http"),
        ("http://127.0.0.1:1", "cannot be reached"),
        ("https://127.0.0.1:1", "cannot be reached"),
    ],
)
def test_an_address_that_cannot_be_right_is_said_first(
    prepared: Subscription, bex: ScriptedBex, admin: User, settings: Any, address: str, words: str
) -> None:
    settings.PUBLIC_URL = address
    with pytest.raises(reaching.NotReachable, match=words):
        registering.register(prepared, admin)
    assert bex.requests == []
    assert fresh(prepared).state == "prepared"


def test_an_address_of_this_machine_is_none_for_bex(prepared: Subscription, admin: User, settings: Any) -> None:
    settings.BEX_WEBHOOK_URL = "https://webhook.bex.co.za"
    with pytest.raises(reaching.NotReachable, match="this machine"):
        registering.register(prepared, admin)


def test_an_address_that_is_somebody_elses_is_said_first(
    prepared: Subscription, courier: Courier, bex: ScriptedBex, admin: User, settings: Any
) -> None:
    settings.PUBLIC_URL = courier.url
    with pytest.raises(reaching.NotReachable, match="answers 404"):
        registering.register(prepared, admin)
    assert bex.requests == []


def test_a_person_may_know_better_than_this_machine(
    prepared: Subscription, bex: ScriptedBex, admin: User, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://127.0.0.1:1"
    bex.on("register", answer({"Id": "7"}, 201))
    registering.register(prepared, admin, insist=True)
    assert (prepared.state, prepared.webhook_id) == ("registered", "7")


# --- what BEX says ---------------------------------------------------------------------------------------------------
def test_a_refusal_is_bexs_words_and_nothing_stays_at_bex(portal: str, courier: Courier, admin: User) -> None:
    subscription = registering.prepare(description="Wrong key", filters=[], key="nobodys-key", by=admin)
    with pytest.raises(NotDone) as refused:
        registering.register(subscription, admin)
    assert "denied" in refused.value.refusal
    assert (subscription.state, subscription.refusal) == ("prepared", refused.value.refusal)
    registering.end(subscription, admin)
    assert subscription.state == "ended"


def test_nobody_there_leaves_it_prepared(prepared: Subscription, courier: Courier, admin: User) -> None:
    between = Between("/registrations", NotSent("connection refused"), reaches=False)
    with gateway.transport_in_use(between), pytest.raises(NotDone):
        registering.register(prepared, admin)
    assert (fresh(prepared).state, at_bex(courier)) == ("prepared", [])
    registering.register(prepared, admin)
    assert len(at_bex(courier)) == 1


@pytest.fixture(params=[True, False], ids=["BEX did it", "BEX did not"])
def unanswered(request: Any, prepared: Subscription, admin: User) -> tuple[Subscription, bool]:
    """A registration without an answer: half done, as far as anybody knows."""
    between = Between("/registrations", MaybeSent("timed out"), reaches=request.param)
    with gateway.transport_in_use(between), pytest.raises(NotDone):
        registering.register(prepared, admin)
    prepared.refresh_from_db()
    assert (prepared.state, prepared.problem != "") == ("registering", True)
    return prepared, request.param


def test_half_done_it_is_never_registered_blindly_again(
    unanswered: tuple[Subscription, bool], courier: Courier, admin: User
) -> None:
    subscription, _ = unanswered
    before = len(at_bex(courier))
    for once_more in (False, True):
        with pytest.raises(NotNow):
            registering.register(subscription, admin, once_more=once_more)
    assert len(at_bex(courier)) == before


def test_half_done_it_can_be_finished(unanswered: tuple[Subscription, bool], courier: Courier, admin: User) -> None:
    subscription, is_there = unanswered
    if not is_there:
        with pytest.raises(NotDone):
            registering.activate(subscription, admin)
        assert (subscription.state, "No WebHook" in subscription.refusal) == ("registering", True)
        registering.register(subscription, admin, once_more=True)
    registering.activate(subscription, admin)
    assert (subscription.state, subscription.registrations) == ("active", 1)
    (there,) = at_bex(courier)
    assert there["active"]


def test_half_done_it_can_be_undone(unanswered: tuple[Subscription, bool], courier: Courier, admin: User) -> None:
    subscription, _ = unanswered
    registering.end(subscription, admin)
    assert (subscription.state, at_bex(courier)) == ("ended", [])


def test_killed_while_bex_was_asked_it_is_seen_and_left_alone_until_the_call_is_over(
    prepared: Subscription, admin: User, settings: Any
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    Subscription.objects.filter(pk=prepared.pk).update(state="registering", asked_at=now)
    for step in (registering.activate, registering.end):
        with pytest.raises(NotNow, match="just now"):
            step(fresh(prepared), admin)
    Subscription.objects.filter(pk=prepared.pk).update(asked_at=now - timedelta(minutes=5))
    registering.end(fresh(prepared), admin)
    assert fresh(prepared).state == "ended"


def test_an_activation_without_an_answer_can_be_repeated(prepared: Subscription, courier: Courier, admin: User) -> None:
    registering.register(prepared, admin)
    with (
        gateway.transport_in_use(Between("/ActivateWebHook", MaybeSent("reset"), reaches=True)),
        pytest.raises(NotDone),
    ):
        registering.activate(prepared, admin)
    assert fresh(prepared).state == "registered"
    registering.activate(prepared, admin)
    assert prepared.state == "active"


def test_an_end_without_an_answer_can_be_repeated_or_taken_here_alone(
    prepared: Subscription, courier: Courier, admin: User
) -> None:
    registering.register(prepared, admin)
    between = Between("/UnsubscribeWebHook", MaybeSent("reset"), reaches=False)
    with gateway.transport_in_use(between), pytest.raises(NotDone):
        registering.end(prepared, admin)
    assert (fresh(prepared).state, len(at_bex(courier))) == ("registered", 1)
    registering.end(prepared, admin, here_only=True)
    assert (fresh(prepared).state, len(at_bex(courier))) == ("ended", 1)


# --- another secret --------------------------------------------------------------------------------------------------
@pytest.fixture
def active(portal: str, admin: User) -> Subscription:
    return registering.add(description="All of it", filters=[], key=KEY, by=admin)


def test_a_secret_is_replaced_without_a_gap(active: Subscription, courier: Courier, admin: User) -> None:
    old = active.secret()
    replacing.replace(active, admin)
    new = active.secret()
    assert new != old
    assert (active.previous_secret(), active.replacing) == (old, "")
    assert {one["secret"] for one in at_bex(courier)} == {old, new}
    courier.control("webhooks/send", {"notifications": [event()]})
    wait_for(lambda: Delivery.objects.count() == 2)
    assert set(Delivery.objects.values_list("verdict", flat=True)) == {"signed", "signed_before"}
    inbox.take()
    assert Delivery.objects.exclude(taken_at=None).count() == 2
    assert sum(Delivery.objects.values_list("new_count", flat=True)) == 1


def test_a_refused_replacement_keeps_the_old_one(active: Subscription, courier: Courier, admin: User) -> None:
    old = active.secret()
    courier.fault("register", "status", status=401)
    with pytest.raises(NotDone):
        replacing.replace(active, admin)
    assert (active.secret(), active.previous_secret(), active.replacing) == (old, "", "")
    assert len(at_bex(courier)) == 1


@pytest.mark.parametrize("reaches", [True, False])
def test_an_unanswered_replacement_accepts_both_until_it_is_known(
    active: Subscription, courier: Courier, admin: User, reaches: bool
) -> None:
    old = active.secret()
    between = Between("/registrations", MaybeSent("timed out"), reaches=reaches)
    with gateway.transport_in_use(between), pytest.raises(NotDone):
        replacing.replace(active, admin)
    assert (active.replacing, active.previous_secret()) == ("registering", old)
    with pytest.raises(NotNow):
        replacing.replace(active, admin)
    courier.control("webhooks/send", {"notifications": [event()]})
    wait_for(lambda: Delivery.objects.filter(verdict="signed_before").exists())
    replacing.undo(active, admin)
    assert (active.secret(), active.replacing) == (old, "")


def test_a_delivery_under_the_new_secret_proves_that_bex_has_it(
    active: Subscription, courier: Courier, admin: User
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    between = Between("/registrations", MaybeSent("timed out"), reaches=True)
    with gateway.transport_in_use(between), pytest.raises(NotDone):
        replacing.replace(active, admin)
    began = timezone.now() - timedelta(minutes=1)
    Subscription.objects.filter(pk=active.pk).update(replacing_since=began)
    assert trying.send_to_ourselves(fresh(active), admin).problem == ""
    inbox.take()
    assert fresh(active).replacing == "registering"  # what we sent ourselves proves nothing
    requests.post(f"{courier.url}/api/ActivateWebHook", json={"webHookKey": KEY}, timeout=10)
    courier.control("webhooks/send", {"notifications": [event()]})
    wait_for(lambda: Delivery.objects.count() == 3)
    inbox.take()
    assert (fresh(active).replacing, fresh(active).previous_until is not None) == ("", True)


# --- a delivery of our own -------------------------------------------------------------------------------------------
def test_a_delivery_to_ourselves_arrives_and_touches_no_parcel(active: Subscription, admin: User) -> None:
    tried = trying.send_to_ourselves(active, admin)
    assert tried.problem == ""
    inbox.take()
    delivery = Delivery.objects.get()
    assert (delivery.verdict, delivery.notifications_count, delivery.problem) == ("signed", 0, "")
    assert delivery.bex_id.startswith("test-")


def test_a_delivery_to_ourselves_that_does_not_arrive_is_said(active: Subscription, admin: User) -> None:
    Subscription.objects.filter(pk=active.pk).update(uri="http://127.0.0.1:1/hooks/x")
    assert "cannot be reached" in trying.send_to_ourselves(fresh(active), admin).problem
