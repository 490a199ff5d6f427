"""Webhooks over the REST API: for keys of admins with that scope, to read, and without what makes them work."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import api_keys
from accounts.models import ShippingAccount, User
from tests.api.conftest import Api
from tests.webhooks.courier import SECRET, event
from tests.webhooks.making import Subscribe, deliver, post, take
from tracking.models import Delivery, Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def key_of() -> Callable[..., Api]:
    def make(user: User, *scopes: str, **more: Any) -> Api:
        return Api(api_keys.create(user, name="Watch", scopes=scopes or ["webhooks"], by=user, **more)[1])

    return make


def deliveries_of(subscription: Subscription) -> str:
    return f"/webhooks/{subscription.pk}/deliveries"


def test_an_admins_key_reads_what_there_is_and_what_came(
    admin: User, key_of: Callable[..., Api], subscription: Subscription, subscribe: Subscribe
) -> None:
    deliver(subscription, event())
    post(subscription, b"{}", "sha256=" + "0" * 64)
    post(subscription, b"{}", None)
    quiet = subscribe(description="Proofs", filters=["pod"], state="ended")
    told = {one["id"]: one for one in key_of(admin).get("/webhooks").json()}
    one, other = told[str(subscription.pk)], told[str(quiet.pk)]
    assert (one["description"], one["state"], one["kinds"]) == ("All of it", "active", [])
    assert one["last_day"] == {"signed": 1, "signed_before": 0, "forged": 1, "malformed": 1, "too_large": 0}
    assert one["last_delivery_at"]
    assert one["links"]["deliveries"] == f"/api/v1{deliveries_of(subscription)}"
    assert (other["kinds"], other["state"], other["last_delivery_at"]) == (["pod"], "ended", None)
    assert not any(other["last_day"].values())


def test_counts_are_of_the_last_day(admin: User, key_of: Callable[..., Api], subscription: Subscription) -> None:
    deliver(subscription, event())
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=2))
    [one] = key_of(admin).get("/webhooks").json()
    assert (one["last_day"]["signed"], bool(one["last_delivery_at"])) == (0, True)


def test_each_delivery_is_told_newest_first_in_pages(
    admin: User, key_of: Callable[..., Api], subscription: Subscription, subscribe: Subscribe
) -> None:
    for number in range(51):
        deliver(subscription, event(text=f"Event {number}"), id=f"d{number}")
    deliver(subscribe(), event(), id="elsewhere")
    take()
    api = key_of(admin)
    first = api.get(deliveries_of(subscription)).json()
    assert [one["bex_id"] for one in first["items"]] == [f"d{number}" for number in range(50, 0, -1)]
    newest = first["items"][0]
    assert (newest["verdict"], newest["notifications"], newest["new"], newest["problem"]) == ("signed", 1, 1, "")
    assert newest["taken_at"]
    last = api.get(first["next"].removeprefix("/api/v1")).json()
    assert ([one["bex_id"] for one in last["items"]], last["next"]) == (["d0"], None)


def test_no_secret_no_path_and_nothing_of_a_body_is_told(
    admin: User, key_of: Callable[..., Api], subscription: Subscription
) -> None:
    deliver(subscription, event(text="Delivered to THANDI"))
    api = key_of(admin)
    told = api.get("/webhooks").content.decode() + api.get(deliveries_of(subscription)).content.decode()
    for hidden in (SECRET, subscription.token, "/hooks/", subscription.key(), subscription.key_digest, "THANDI"):
        assert hidden not in told


def test_who_may_not_see_them_in_the_pages_does_not_here(
    manager: User, admin: User, account: ShippingAccount, key_of: Callable[..., Api], subscription: Subscription
) -> None:
    for path in ("/webhooks", deliveries_of(subscription)):
        assert key_of(manager).get(path).status_code == 404
        assert key_of(admin, accounts=[account]).get(path).status_code == 404
        lacking = key_of(admin, "read", "book").get(path)
        assert (lacking.status_code, lacking.json()["scope"]) == (403, "webhooks")


@pytest.mark.parametrize("cursor", ["nonsense", "0001-01-01T00:00:00+14:00_" + "0" * 32, "2026-11-27T08:00:00_x"])
def test_a_cursor_that_is_none_is_told(
    admin: User, key_of: Callable[..., Api], subscription: Subscription, cursor: str
) -> None:
    path = f"/api/v1{deliveries_of(subscription)}"
    api = key_of(admin)
    told = api.client.get(path, {"cursor": cursor}, headers={"Authorization": f"Bearer {api.key}"})
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/cursor")


def test_an_unknown_subscription_is_404(admin: User, key_of: Callable[..., Api], db: None) -> None:
    assert key_of(admin).get("/webhooks/00000000-0000-4000-8000-000000000007/deliveries").status_code == 404
