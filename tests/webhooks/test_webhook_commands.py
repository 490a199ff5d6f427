"""The same from the shell: the key on standard input, the URI printed, the secret nowhere."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.courier import Courier
from tests.webhooks.making import Subscribe
from tracking.models import Subscription

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "demo-webhook-key"


@pytest.fixture
def portal(live_server: Any, courier: Courier, settings: Any) -> str:
    settings.PUBLIC_URL = str(live_server.url)
    settings.BEX_API_URL = settings.BEX_WEBHOOK_URL = courier.url
    return str(live_server.url)


def add(monkeypatch: pytest.MonkeyPatch, *arguments: str, key: str = KEY) -> str:
    said = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(key + "\n"))
    call_command("add_webhook", *arguments, stdout=said, stderr=said)
    return said.getvalue()


def remove(*arguments: str) -> str:
    said = io.StringIO()
    call_command("remove_webhook", *arguments, stdout=said, stderr=said)
    return said.getvalue()


def test_it_prints_the_uri_and_nothing_secret(portal: str, courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
    said = add(monkeypatch, "Portal", "--filters", "pod,waybill_note")
    made = Subscription.objects.get()
    assert said == f"{portal}/hooks/{made.token}\n"
    assert (made.state, made.filters) == ("active", ["pod", "waybill_note"])
    assert remove("Portal") == "Portal has ended.\n"
    assert courier.control("webhooks")["webhooks"] == []


@pytest.mark.parametrize(
    ("arguments", "key", "words"),
    [
        (("",), KEY, "1 to 100"),
        (("Portal", "--filters", "everything"), KEY, "No such filter"),
        (("Portal",), "", "No key"),
        (("Portal",), "a key with spaces", "no key"),
        (("Portal",), "nobodys-key", "In BEX's own words"),
    ],
)
def test_what_is_wrong_is_said(
    portal: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], key: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        add(monkeypatch, *arguments, key=key)
    assert not key or key not in str(refused.value)


def test_a_second_one_under_the_key_is_refused(portal: str, courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, "Portal")
    with pytest.raises(CommandError, match="lives under this key"):
        add(monkeypatch, "Another")
    assert len(courier.control("webhooks")["webhooks"]) == 1


def test_an_address_that_bex_cannot_reach_is_said_first(
    portal: str, courier: Courier, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://127.0.0.1:1"
    with pytest.raises(CommandError, match="BEX was not asked") as refused:
        add(monkeypatch, "Portal")
    assert "cannot be reached" in str(refused.value)
    assert "--insist" in str(refused.value)
    assert not Subscription.objects.exclude(state="ended").exists()
    assert courier.control("calls?operation=register") in ([], {"calls": []})


def test_half_done_it_is_undone_from_the_shell(portal: str, courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
    courier.fault("register", "cut_after")
    with pytest.raises(CommandError, match="finished or"):
        add(monkeypatch, "Portal")
    assert Subscription.objects.get().state == "registering"
    assert remove() == "Portal has ended.\n"
    assert courier.control("webhooks")["webhooks"] == []


def test_which_one_is_meant(subscribe: Subscribe) -> None:
    with pytest.raises(CommandError, match="no such subscription"):
        remove()
    first, second = subscribe(description="One"), subscribe(description="One")
    with pytest.raises(CommandError, match="Several answer"):
        remove("One")
    with pytest.raises(CommandError, match="Say which one"):
        remove()
    assert "BEX was not asked" in remove(first.uri, "--here-only")
    assert {one.pk: one.state for one in Subscription.objects.all()} == {first.pk: "ended", second.pk: "active"}


def test_bex_that_does_not_answer_keeps_it(portal: str, courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
    add(monkeypatch, "Portal")
    courier.fault("unsubscribe", "status", status=503)
    with pytest.raises(CommandError, match="--here-only"):
        remove("Portal")
    assert Subscription.objects.get().state == "active"
    assert remove("Portal") == "Portal has ended.\n"
