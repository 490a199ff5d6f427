"""Words of the tests about webhooks."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from shipments.models import Waybill
from tests.webhooks.courier import SECRET, Json, body_of, openssl_signature
from tracking.models import Subscription
from tracking.webhooks import inbox
from tracking.webhooks.attaching import Taken

Subscribe = Callable[..., Subscription]
Book = Callable[..., Waybill]


def post(subscription: Subscription, body: bytes, signature: str | None, **more: Any) -> Any:
    headers = {} if signature is None else {"ms-signature": signature}
    return Client().post(
        subscription.path, data=body, content_type="application/json; charset=utf-8", headers=headers, **more
    )


def deliver(subscription: Subscription, *notifications: Json, id: str = "d1", attempt: int = 1) -> None:
    body = body_of(*notifications, id=id, attempt=attempt)
    answer = post(subscription, body, openssl_signature(SECRET, body))
    assert answer.status_code == 200, answer.content


def take() -> Taken:
    return inbox.take()
