"""The receiver: verified raw, one INSERT, 2xx; the handshake; whatever else comes to its address."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.webhooks.courier import (
    PUBLISHED_BODY,
    PUBLISHED_SECRET,
    PUBLISHED_SIGNATURE,
    SECRET,
    body_of,
    event,
    note,
    openssl_signature,
)
from tests.webhooks.making import Subscribe, post
from tracking.models import Delivery, Notification, Subscription
from tracking.webhooks.receiving import LARGEST_BODY

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
ECHO = "0123456789abcdef0123456789abcdef"
# Signed once by OpenSSL with SECRET, and written down.
KNOWN_BODY = b'{\r\n  "Id": "a1",\r\n  "Attempt": 2,\r\n  "Properties": {},\r\n  "Notifications": []\r\n}'
KNOWN_SIGNATURE = "sha256=2C04BE35DDEAEFCA151E9BBA05AA19C64C681216FD7CF6033769AD8EE5C6BE50"


def test_the_published_delivery_is_taken(subscribe: Subscribe) -> None:
    subscription = subscribe(PUBLISHED_SECRET)
    answer = post(subscription, PUBLISHED_BODY, PUBLISHED_SIGNATURE)
    assert (answer.status_code, answer.content) == (200, b"")
    stored = Delivery.objects.get()
    assert bytes(stored.body) == PUBLISHED_BODY
    assert (stored.verdict, stored.subscription, stored.size) == ("signed", subscription, 239)
    assert stored.headers["ms-signature"] == PUBLISHED_SIGNATURE
    assert stored.headers["content-type"] == "application/json; charset=utf-8"


SPELLINGS = [KNOWN_SIGNATURE, KNOWN_SIGNATURE.lower(), f" {KNOWN_SIGNATURE} ", KNOWN_SIGNATURE.replace("=", " = ")]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_upper_and_lower_case_and_spaces_around_the_parts(subscription: Subscription, spelled: str) -> None:
    assert post(subscription, KNOWN_BODY, spelled).status_code == 200


def test_letters_outside_ascii_are_verified_as_they_came(subscription: Subscription) -> None:
    body = body_of(note("Söhne #5 + 3 % – “gate”"))
    assert "Söhne".encode() in body
    assert post(subscription, body, openssl_signature(SECRET, body)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        KNOWN_BODY + b"\n", KNOWN_BODY.replace(b"\r\n", b"\n"), KNOWN_BODY.replace(b"a1", b"a2"), b"",
        b"\xef\xbb\xbf" + KNOWN_BODY,
    ],
)  # fmt: skip
def test_other_bytes_are_refused_and_seen(subscription: Subscription, body: bytes) -> None:
    assert post(subscription, body, KNOWN_SIGNATURE).status_code == 403
    stored = Delivery.objects.get()
    assert (stored.verdict, stored.is_good) == ("forged", False)
    assert not Delivery.objects.to_be_taken().exists()


def test_another_subscriptions_secret_is_none_here(subscribe: Subscribe) -> None:
    subscribe()
    other = subscribe("f" * 64)
    assert post(other, KNOWN_BODY, KNOWN_SIGNATURE).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        None, "", "sha256=", KNOWN_SIGNATURE[:-1], KNOWN_SIGNATURE + "0", KNOWN_SIGNATURE.replace("256", "1"),
        f"{KNOWN_SIGNATURE},{KNOWN_SIGNATURE}", KNOWN_SIGNATURE[7:],
    ],
)  # fmt: skip
def test_none_two_and_malformed_signatures_are_400(subscription: Subscription, header: str | None) -> None:
    assert post(subscription, KNOWN_BODY, header).status_code == 400
    assert Delivery.objects.get().verdict == "malformed"


def test_one_select_and_one_insert(subscription: Subscription) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert post(subscription, KNOWN_BODY, KNOWN_SIGNATURE).status_code == 200
    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "INSERT"]


def test_no_cookie_no_redirect_and_nothing_to_keep(subscription: Subscription, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    signed_in = Client(enforce_csrf_checks=True)
    for answer in (
        post(subscription, KNOWN_BODY, KNOWN_SIGNATURE),
        signed_in.get(f"{subscription.path}?echo={ECHO}"),
        signed_in.post(
            subscription.path, data=KNOWN_BODY, content_type="text/plain", headers={"ms-signature": KNOWN_SIGNATURE}
        ),
    ):  # fmt: skip
        assert answer.status_code == 200
        assert not answer.cookies
        assert "Location" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_slash_more_is_no_redirect(subscription: Subscription) -> None:
    answer = Client().post(f"{subscription.path}/", data=KNOWN_BODY, content_type="text/plain")
    assert answer.status_code in {302, 404}
    assert not Delivery.objects.exists()


def test_the_echo_is_answered_exactly(subscription: Subscription) -> None:
    answer = Client().get(f"{subscription.path}?echo={ECHO}")
    assert (answer.status_code, answer.content) == (200, ECHO.encode())
    assert answer.headers["Content-Type"].startswith("text/plain")
    subscription.refresh_from_db()
    assert subscription.echoed_at is not None


@pytest.mark.parametrize("state", ["prepared", "registering", "registered", "active"])
def test_the_echo_is_answered_in_every_state(subscribe: Subscribe, state: str) -> None:
    assert Client().get(f"{subscribe(state=state).path}?echo={ECHO.upper()}").content == ECHO.upper().encode()


@pytest.mark.parametrize("echo", ["", "<script>alert(1)</script>", "0" * 31, "0" * 33, "g" * 32, ECHO + "%0a"])
def test_nothing_else_is_reflected(subscription: Subscription, echo: str) -> None:
    answer = Client().get(f"{subscription.path}?echo={echo}")
    assert answer.status_code == 400
    assert b"script" not in answer.content


def test_an_address_that_is_not_there_and_one_that_has_ended(subscribe: Subscribe) -> None:
    ended = subscribe(state="ended")
    for answer, status in (
        (Client().get(f"/hooks/nothing?echo={ECHO}"), 404),
        (Client().post("/hooks/nothing", data=b"{}", content_type="text/plain"), 404),
        (Client().get(f"{ended.path}?echo={ECHO}"), 410),
        (post(ended, KNOWN_BODY, KNOWN_SIGNATURE), 410),
    ):
        assert answer.status_code == status
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "head"])
def test_other_methods_are_not_taken(subscription: Subscription, method: str) -> None:
    assert getattr(Client(), method)(subscription.path).status_code == 405


def test_the_size_is_bounded(subscription: Subscription) -> None:
    large = b" " * (LARGEST_BODY + 1)
    answer = post(subscription, large, KNOWN_SIGNATURE)
    assert answer.status_code == 413
    stored = Delivery.objects.get()
    assert (stored.verdict, bytes(stored.body), stored.size) == ("too_large", b"", LARGEST_BODY + 1)
    just_so = b" " * LARGEST_BODY
    assert post(subscription, just_so, openssl_signature(SECRET, just_so)).status_code == 200


def test_its_own_rate_limit(subscription: Subscription, settings: Any) -> None:
    settings.WEBHOOK_CALLS_PER_MINUTE = 3
    statuses = [post(subscription, KNOWN_BODY, KNOWN_SIGNATURE).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert post(subscription, KNOWN_BODY, KNOWN_SIGNATURE, REMOTE_ADDR="10.9.8.7").status_code == 200
    assert Delivery.objects.count() == 4


def test_a_flood_of_forgeries_fills_no_disk(subscription: Subscription) -> None:
    for _ in range(70):
        assert post(subscription, KNOWN_BODY + b"x", KNOWN_SIGNATURE).status_code == 403
    assert Delivery.objects.count() == 60
    assert post(subscription, KNOWN_BODY, KNOWN_SIGNATURE).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_nothing_is_answered_2xx_that_is_not_stored(subscription: Subscription) -> None:
    def refuse(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith("INSERT"):
            raise OperationalError("the database has gone away")
        return execute(sql, *args)

    with connection.execute_wrapper(refuse):
        answer = post(subscription, KNOWN_BODY, KNOWN_SIGNATURE)
    assert answer.status_code == 503
    assert not Delivery.objects.exists()


def test_a_key_that_is_missing_is_no_refusal_of_bexs_delivery(subscription: Subscription, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [b"z" * 32]
    assert post(subscription, KNOWN_BODY, KNOWN_SIGNATURE).status_code == 503


def test_nothing_is_looked_into_while_bex_waits(subscription: Subscription) -> None:
    body = body_of(event())
    post(subscription, body, openssl_signature(SECRET, body))
    assert not Notification.objects.exists()
    garbage = b"signed, and no JSON"
    assert post(subscription, garbage, openssl_signature(SECRET, garbage)).status_code == 200


@pytest.fixture
def both_secrets(subscribe: Subscribe) -> Subscription:
    made = subscribe("n" * 64)
    made.sealed_previous_secret = made.seal_secret(SECRET, "previous_secret")
    made.save()
    return made


def test_the_secret_before_is_accepted_while_it_is_replaced(both_secrets: Subscription) -> None:
    assert post(both_secrets, KNOWN_BODY, KNOWN_SIGNATURE).status_code == 200
    assert post(both_secrets, KNOWN_BODY, openssl_signature("n" * 64, KNOWN_BODY)).status_code == 200
    assert sorted(Delivery.objects.values_list("verdict", flat=True)) == ["signed", "signed_before"]


def test_the_secret_before_is_refused_once_its_time_is_over(both_secrets: Subscription) -> None:
    both_secrets.previous_until = both_secrets.created_at
    both_secrets.save()
    assert post(both_secrets, KNOWN_BODY, KNOWN_SIGNATURE).status_code == 403
