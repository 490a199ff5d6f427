"""A planted token and password occur nowhere: not in the database, the logs, the journal, the pages, the errors."""

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Identity, ShippingAccount, User
from shipments import booking, documents, sending
from shipments.models import Document, Waybill
from tests.courier import ScriptedBex, answer, booked, refusal
from tests.making import make_waybill

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN, ALTERNATE, PASSWORD = "planted-token-5c1d9", "planted-alternate-77ab2", "planted-password-e09f4"
PLANTED = ("planted-token", "planted-alternate", "planted-password")


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


def holds_none(where: bytes | str) -> bool:
    data = where.encode() if isinstance(where, str) else where
    return not any(secret.encode() in data for secret in PLANTED)


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
