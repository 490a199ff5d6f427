"""A planted token and password occur nowhere: not in the database, the logs, the journal, the pages, the errors."""

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Identity, ShippingAccount, User
from bexapi import WireRequest, WireResponse
from shipments import booking, documents, sending
from shipments.models import Document, Waybill
from tests.courier import ScriptedBex, answer, booked, refusal
from tests.making import make_waybill
from tracking.models import Subscription

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN, ALTERNATE, PASSWORD = "planted-token-5c1d9", "planted-alternate-77ab2", "planted-password-e09f4"
WEBHOOK_KEY = "planted-webhook-key-31c7e"
PLANTED = ("planted-token", "planted-alternate", "planted-password", "planted-webhook-key")


@pytest.fixture
def identity(bex: ScriptedBex, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Identity:
    bex.on("login", answer({"id": 1, "value": TOKEN}), answer({"id": 1, "value": ALTERNATE}))
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    call_command("add_identity", label="Main", username="demo@rooibok.example", stdout=io.StringIO())
    return Identity.objects.get()


def everything_stored() -> bytes:
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    if connection.vendor != "sqlite":
        return dump.getvalue().encode()
    # By another process: closing a database's file in this one would drop the locks of its open connections.
    files = [str(path) for path in Path(str(connection.settings_dict["NAME"])).parent.glob("*.sqlite3*")]
    raw = subprocess.run(["cat", *files], capture_output=True, check=True).stdout
    assert raw
    return dump.getvalue().encode() + raw


def holds_none(where: bytes | str, *more: str) -> bool:
    data = where.encode() if isinstance(where, str) else where
    return not any(secret.encode() in data for secret in (*PLANTED, *more))


def test_they_are_used_and_found_nowhere(
    identity: Identity, bex: ScriptedBex, caplog: pytest.LogCaptureFixture, journal_dir: Path, capfd: Any
) -> None:
    caplog.set_level("DEBUG")
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    account = ShippingAccount.objects.create(number="316085", name="Head office", identity=identity)
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    # BEX repeats the token in what it says.
    bex.on("submit", refusal(f"Token {TOKEN} is odd."), answer(f"<html>{TOKEN}</html>"), booked())
    bex.on("labels", refusal(f"Number {ALTERNATE} is odd."))
    for _ in range(3):
        waybill = make_waybill(account, admin)
        booking.ask(waybill.pk, admin, waybill.version)
        sending.send(waybill.pk)
    done = Waybill.objects.get(booking_state="booked")
    with pytest.raises(documents.DocumentRefused) as refused:
        documents.fetch(done, Document.Kind.LABELS)

    assert TOKEN in bex.tokens
    assert holds_none(everything_stored())
    assert holds_none(caplog.text)
    assert holds_none(repr(refused.value) + str(refused.value))
    assert all(holds_none(path.read_bytes()) for path in journal_dir.iterdir())
    for waybill in Waybill.objects.all():
        assert holds_none(client.get(reverse("waybill", args=[waybill.pk])).content)
    for name in ("home", "waybills", "quotes", "admin:index", "admin:accounts_identity_changelist"):
        assert holds_none(client.get(reverse(name)).content)
    assert holds_none(client.get(reverse("admin:accounts_identity_change", args=[identity.pk])).content)
    assert holds_none("".join(capfd.readouterr()))


def test_a_refused_log_in_shows_bexs_words_and_never_the_password(
    bex: ScriptedBex, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    bex.on("login", refusal(f"Password {PASSWORD} is wrong."))
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    with pytest.raises(CommandError) as refused:
        call_command("add_identity", label="Main", username="demo@rooibok.example")
    assert "In BEX's own words" in str(refused.value)
    assert holds_none(str(refused.value))
    assert not Identity.objects.exists()


def repeating(status: int, name: str = "Message") -> Any:
    """BEX repeats all that it was sent, the key and the secret with it."""

    def reply(request: WireRequest) -> WireResponse:
        said = f"{dict(request.headers)} {request.body.decode()}"
        return answer({name: f"Odd: {said}", "Secret": json.loads(request.body).get("Secret")}, status)

    return reply


def test_a_webhooks_key_and_secrets_are_found_nowhere(
    bex: ScriptedBex, live_server: Any, settings: Any, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    caplog.set_level("DEBUG")
    settings.PUBLIC_URL = str(live_server.url)
    bex.on("register", repeating(400), repeating(201), repeating(200, "ex"))
    bex.on("activate", repeating(503), repeating(200))
    bex.on("unsubscribe", repeating(500))
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    client = Client()
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    pages = [client.post(reverse("webhook-new"), {"description": "x", "key": WEBHOOK_KEY}, follow=True)]
    made = Subscription.objects.get()
    # Refused when made; registered, not activated, activated, another secret refused, not ended; again under the key.
    steps = [reverse("webhook-step", args=[made.pk, verb]) for verb in
             ("register", "activate", "activate", "replace", "end")]  # fmt: skip
    pages += [client.post(step, follow=True) for step in steps]
    pages.append(client.post(reverse("webhook-new"), {"description": "y", "key": WEBHOOK_KEY}))
    made.refresh_from_db()
    assert (made.state, made.key()) == ("active", WEBHOOK_KEY)
    pages.append(client.post(reverse("webhook-try", args=[made.pk])))
    came = made.deliveries.get(verdict="signed")
    pages += [client.get(reverse("webhook-delivery", args=[came.pk])), client.get(reverse("webhooks"))]
    pages.append(client.get(reverse("admin:accounts_trailentry_changelist")))
    secrets = {body["Secret"] for body in bex.sent("register")}
    assert len(secrets) == 2
    assert made.secret() in secrets
    for page in pages:
        assert page.status_code in {200, 422}
        assert holds_none(page.content, *secrets)
    assert holds_none(everything_stored(), *secrets)
    assert holds_none(caplog.text, *secrets)
    assert holds_none("".join(capfd.readouterr()), *secrets)


def test_a_refused_webhook_shows_bexs_words_and_never_the_key(
    bex: ScriptedBex, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    settings.PUBLIC_URL = str(live_server.url)
    bex.on("register", answer({"Message": f"The key {WEBHOOK_KEY} is not valid."}, 401))
    monkeypatch.setattr("sys.stdin", io.StringIO(WEBHOOK_KEY + "\n"))
    with pytest.raises(CommandError) as refused:
        call_command("add_webhook", "Portal")
    assert "In BEX's own words" in str(refused.value)
    assert holds_none(str(refused.value))
    assert holds_none("".join(capfd.readouterr()))
    assert holds_none(everything_stored())
