"""Webhooks' pages: for superusers alone; what is half done is seen and can be finished or undone; replay; by hand."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from shipments.models import Waybill
from tests.courier import Courier, ScriptedBex, answer
from tests.webhooks.courier import SECRET, body_of, event, note, openssl_signature, pod, update
from tests.webhooks.making import Book, Subscribe, deliver, post, take
from tracking.models import Delivery, Notification, Subscription

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "ACP00000001"


@pytest.fixture
def as_admin(admin: User) -> Client:
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    return client


@pytest.fixture
def portal(live_server: Any, courier: Courier, settings: Any) -> str:
    settings.PUBLIC_URL = str(live_server.url)
    settings.BEX_API_URL = settings.BEX_WEBHOOK_URL = courier.url
    return str(live_server.url)


def new(client: Client, **more: Any) -> Any:
    asked = {"description": "All of it", "key": "demo-webhook-key", "activate": "on", **more}
    return client.post(reverse("webhook-new"), {name: value for name, value in asked.items() if value}, follow=True)


def step(client: Client, subscription: Subscription, verb: str) -> Any:
    return client.post(reverse("webhook-step", args=[subscription.pk, verb]), follow=True)


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize("name", ["webhooks", "webhook-new", "webhook-notifications"])
def test_nobody_but_a_superuser_learns_that_they_are_there(as_booker: Client, manager: User, name: str) -> None:
    assert as_booker.get(reverse(name)).status_code == 404
    as_booker.force_login(manager, backend="accounts.backends.NameOrEmailBackend")
    assert as_booker.get(reverse(name)).status_code == 404
    assert 'href="/webhooks/"' not in text(as_booker.get(reverse("waybills")))


def test_nor_do_their_buttons(as_booker: Client, subscription: Subscription) -> None:
    deliver(subscription, event())
    told, came = "webhook-notification-again", Delivery.objects.get()
    take()
    for address in (
        reverse("webhook", args=[subscription.pk]),
        reverse("webhook-step", args=[subscription.pk, "end"]),
        reverse("webhook-try", args=[subscription.pk]),
        reverse("webhook-delivery", args=[came.pk]),
        reverse("webhook-delivery-again", args=[came.pk]),
        reverse(told, args=[Notification.objects.get().pk]),
        reverse("webhook-notification-attach", args=[Notification.objects.get().pk]),
    ):
        assert as_booker.post(address).status_code in {404, 405}
        assert as_booker.get(address).status_code == 404


def test_from_the_form_to_what_arrives(as_admin: Client, portal: str, courier: Courier) -> None:
    page = new(as_admin, filters=["pod", "waybill_note"])
    made = Subscription.objects.get()
    assert page.redirect_chain[-1][0] == reverse("webhook", args=[made.pk])
    assert "All of it is active." in text(page)
    assert "Proofs of delivery, Notes." in text(page)
    assert made.filters == ["pod", "waybill_note"]
    for secret in (made.secret(), made.key()):
        assert secret not in text(page)
    tried = as_admin.post(reverse("webhook-try", args=[made.pk]))
    assert "arrived and was verified" in text(tried)
    assert "Signed by BEX" in text(tried)


def test_registered_now_and_activated_later(as_admin: Client, portal: str) -> None:
    assert "Registered, not active yet" in text(new(as_admin, activate=""))
    assert "It is active" in text(step(as_admin, Subscription.objects.get(), "activate"))


def test_what_is_wrong_is_said_at_its_field_and_the_key_is_not_shown_again(as_admin: Client, portal: str) -> None:
    page = as_admin.post(reverse("webhook-new"), {"description": "", "key": "demo webhook key"})
    assert page.status_code == 422
    assert "A few words" in text(page)
    assert "no spaces" in text(page)
    assert "demo webhook key" not in text(page)
    assert not Subscription.objects.exists()


def test_a_second_one_under_the_key_is_refused_in_words(as_admin: Client, portal: str, courier: Courier) -> None:
    new(as_admin)
    page = new(as_admin, description="Another")
    assert "“All of it” lives under this key" in text(page)
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "may_insist"), [("http://portal.example.co.za", False), ("https://127.0.0.1:1", True)]
)
def test_the_address_is_said_before_bex_is_asked(
    as_admin: Client, bex: ScriptedBex, settings: Any, address: str, may_insist: bool
) -> None:
    settings.PUBLIC_URL = address
    page = new(as_admin)
    assert page.status_code == 422
    assert "BEX was not asked" in text(page)
    assert bex.requests == []
    assert ("though this machine cannot" in text(page)) == may_insist
    assert not Subscription.objects.exclude(state="ended").exists()
    if may_insist:
        bex.on("register", answer({}))
        bex.on("activate", answer({}))
        new(as_admin, insist="on")
        assert Subscription.objects.filter(state="active").exists()


def test_half_done_it_says_what_to_do(as_admin: Client, portal: str, courier: Courier) -> None:
    courier.fault("register", "cut_after")
    page = new(as_admin)
    made = Subscription.objects.get()
    assert made.state == "registering"
    assert "We don’t know whether BEX registered it" in text(page)
    assert "Half done" in text(as_admin.get(reverse("webhooks")))
    assert "Register it once more" not in text(page)
    assert "It is active" in text(step(as_admin, made, "activate"))


def test_half_done_it_is_undone(as_admin: Client, portal: str, courier: Courier) -> None:
    courier.fault("register", "cut_before")
    new(as_admin)
    made = Subscription.objects.get()
    page = step(as_admin, made, "activate")
    assert "In BEX’s own words" in text(page)
    assert "Register it once more" in text(page)
    step(as_admin, made, "end")
    assert Subscription.objects.get().state == "ended"


def test_unsubscribing_warns_that_it_may_end_every_subscription_of_the_key(as_admin: Client, portal: str) -> None:
    page = new(as_admin)
    assert "It may end every subscription of this key" in text(page)
    assert "It has ended." in text(step(as_admin, Subscription.objects.get(), "end"))


def test_the_secret_is_replaced_from_the_page(as_admin: Client, portal: str) -> None:
    new(as_admin)
    old = Subscription.objects.get().secret()
    page = step(as_admin, Subscription.objects.get(), "replace")
    made = Subscription.objects.get()
    assert "The secret is replaced" in text(page)
    assert made.secret() != old
    assert "each event comes that often and counts once" in text(page)
    assert made.secret() not in text(page)


def test_an_unknown_verb_is_no_page(as_admin: Client, subscription: Subscription) -> None:
    assert step(as_admin, subscription, "explode").status_code == 404


def test_a_click_signed_in_again_after_leads_to_the_page(as_admin: Client, subscription: Subscription) -> None:
    page = as_admin.get(reverse("webhook-step", args=[subscription.pk, "end"]), follow=True)
    assert page.redirect_chain[-1][0] == reverse("webhook", args=[subscription.pk])
    assert Subscription.objects.get().state == "active"


def test_deliveries_are_listed_with_their_verdicts_a_page_at_a_time(
    as_admin: Client, subscription: Subscription, django_assert_max_num_queries: Any
) -> None:
    forged = body_of(event())
    post(subscription, forged, openssl_signature("x" * 64, forged))
    for place in range(60):
        deliver(subscription, event(TrackingDate=f"2026-11-24 08:{place:02}:00"), id=f"d{place}")
    take()
    address = reverse("webhook", args=[subscription.pk])
    with django_assert_max_num_queries(12):
        first = as_admin.get(address)
    assert text(first).count("Signed by BEX") == 50
    older = text(first).partition("?after=")[2].partition('"')[0]
    second = as_admin.get(f"{address}?after={older}")
    assert (text(second).count("Signed by BEX"), text(second).count("Wrong signature")) == (10, 1)
    assert text(as_admin.get(f"{address}?after=nonsense")).count("Signed by BEX") == 50


def test_a_delivery_is_shown_as_it_came_and_taken_again(
    as_admin: Client, subscription: Subscription, book: Book
) -> None:
    waybill = book(NUMBER)
    deliver(subscription, event(text="<script>alert(1)</script>"), pod())
    take()
    came = Delivery.objects.get()
    page = text(as_admin.get(reverse("webhook-delivery", args=[came.pk])))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "ms-signature" in page
    assert f"/waybills/{waybill.pk}/" in page
    again = as_admin.post(reverse("webhook-delivery-again", args=[came.pk]), follow=True)
    assert "It is taken once more" in text(again)
    assert take().applied == 2


def test_a_note_is_attached_by_hand_and_shown(as_admin: Client, subscription: Subscription, book: Book) -> None:
    waybill = book(NUMBER)
    deliver(subscription, note("After noon <b>only</b>"))
    take()
    assert "could not be attached or taken" in text(as_admin.get(reverse("webhooks")))
    waiting = Notification.objects.get()
    address = reverse("webhook-notification-attach", args=[waiting.pk])
    wrong = as_admin.post(address, {"number": "ACP404"})
    assert wrong.status_code == 422
    assert "No waybill here has this number." in text(wrong)
    assert "It is attached to" in text(as_admin.post(address, {"number": NUMBER}, follow=True))
    take()
    shown = text(as_admin.get(reverse("waybill", args=[waybill.pk])))
    assert "After noon &lt;b&gt;only&lt;/b&gt;" in shown
    assert "NomsaD" in shown


def test_a_poisonous_one_is_shown_and_tried_again(as_admin: Client, subscription: Subscription) -> None:
    deliver(subscription, {"Action": "pod", "WaybillNumber": NUMBER})
    take()
    page = text(as_admin.get(reverse("webhook-notifications")))
    assert "Cannot be taken" in page
    as_admin.post(reverse("webhook-notification-again", args=[Notification.objects.get().pk]))
    assert Notification.objects.get().state == "new"


# --- re-weighed ------------------------------------------------------------------------------------------------------
@pytest.fixture
def reweighed(subscription: Subscription, book: Book) -> Waybill:
    waybill = book(NUMBER)
    money = {
        "base_rate": "150.00",
        "surcharges_total": "50.00",
        "subtotal": "200.00",
        "vat": "30.00",
        "total": "230.00",
    }
    waybill.prices.create(kind="booked", source="x", at=timezone.now(), **money)
    deliver(subscription, update())
    take()
    return Waybill.objects.get(pk=waybill.pk)


def test_what_was_re_weighed_stands_beside_what_was_booked(reweighed: Waybill, as_booker: Client) -> None:
    assert str(reweighed.reweighed_by) == "169.69"
    page = text(as_booker.get(reverse("waybill", args=[reweighed.pk]))).replace("\u00a0", " ")
    for words in (
        "4.50 kg",
        "7.50 kg",
        "42 × 30 × 31 cm",
        "40 × 30 × 30 cm",
        "Re-weighed dearer",
        "+R 169.69",
        "399.69",
    ):
        assert words in page
    assert reweighed.parcels.get().weight_kg < reweighed.reweighings.get().parcels.get().weight_kg  # type: ignore[operator]


def test_it_is_flagged_in_the_list_and_can_be_asked_for(reweighed: Waybill, book: Book, as_booker: Client) -> None:
    book("ACP00000002")
    everything = text(as_booker.get(reverse("waybills")))
    assert "ACP00000002" in everything
    assert everything.count("Re-weighed dearer by") == 1
    found = text(as_booker.get(reverse("waybills") + "?state=reweighed_dearer"))
    assert NUMBER in found
    assert "ACP00000002" not in found


def test_who_may_see_no_prices_sees_none(reweighed: Waybill, priceless_booker: User) -> None:
    client = Client()
    client.force_login(priceless_booker, backend="accounts.backends.NameOrEmailBackend")
    for address in (reverse("waybill", args=[reweighed.pk]), reverse("waybills")):
        page = text(client.get(address)).replace("\u00a0", " ")
        assert "169.69" not in page
        assert "399.69" not in page


def test_re_weighed_again_the_last_one_counts(reweighed: Waybill, subscription: Subscription) -> None:
    deliver(subscription, update(total="220.00"), id="d2")
    take()
    assert str(Waybill.objects.get(pk=reweighed.pk).reweighed_by) == "-10.00"
    assert reweighed.prices.filter(kind="reweighed").count() == 2


def test_pages_of_subscriptions_cost_the_same_for_many(
    as_admin: Client, subscribe: Subscribe, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        deliver(subscribe(SECRET), event())
    with django_assert_max_num_queries(10):
        as_admin.get(reverse("webhooks"))
