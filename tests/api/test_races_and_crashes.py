"""One key is one booking: raced, repeated while the first call runs, after a crash, after a restore."""

import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.identities import log_in
from accounts.models import ShippingAccount, User
from shipments import journal, ordering, restoring, sending
from shipments.models import IdempotencyKey, SendingHold, Submission, Waybill
from tests.api.conftest import ALL, Api
from tests.courier import Courier
from tests.making import SENDER, coming_monday

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 8


@pytest.fixture
def real(courier: Courier, settings: Any) -> tuple[Api, dict[str, Any]]:
    """A key and a body, at the sandbox."""
    from accounts import api_keys
    from accounts.models import Address
    from shipments.api.bodies import WAYBILL_EXAMPLE

    settings.BEX_API_URL = courier.url
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    ShippingAccount.objects.create(
        number="316085", name="Head office", identity=identity, default_sender=Address.objects.create(**SENDER)
    )
    api = Api(api_keys.create(admin, name="ERP", scopes=ALL, by=admin)[1])
    body = {**WAYBILL_EXAMPLE, "collection_date": coming_monday().isoformat(), "max_total": "9000"}
    return api, body


@pytest.mark.postgres
def test_eight_racing_calls_make_one_booking(real: tuple[Api, dict[str, Any]], courier: Courier) -> None:
    api, body = real
    gate, answers = threading.Barrier(RACERS), list[tuple[int, str]]()

    def call() -> None:
        gate.wait()
        try:
            response = Api(api.key).book(body)
            answers.append((response.status_code, response.json().get("waybill_number", "")))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {201}, answers
    assert len({number for _, number in answers}) == 1
    assert (Waybill.objects.count(), Submission.objects.count(), len(courier.waybills)) == (1, 1, 1)


@pytest.mark.postgres
def test_of_racing_calls_with_one_senders_reference_one_books(
    real: tuple[Api, dict[str, Any]], courier: Courier
) -> None:
    api, body = real
    gate, answers = threading.Barrier(RACERS), list[int]()

    def call(number: int) -> None:
        gate.wait()
        try:
            answers.append(Api(api.key).book(body, key=f"order-{number}").status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call, args=[number]) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [409] * (RACERS - 1)
    assert (Waybill.objects.count(), len(courier.waybills)) == (1, 1)


def test_a_repetition_after_a_crash_before_sending_finds_it_and_books_once(
    real: tuple[Api, dict[str, Any]], courier: Courier
) -> None:
    api, body = real
    # The process died after the commit: the waybill waits, nobody was answered.
    api.book(body, Prefer="respond-async")
    assert courier.waybills == []
    assert api.book(body).status_code == 201
    assert len(courier.waybills) == 1


def test_a_restored_database_finds_the_key_in_the_journal(real: tuple[Api, dict[str, Any]], courier: Courier) -> None:
    api, body = real
    booked = api.book(body).json()
    mark = journal.journal_id()
    _forget(booked["id"])
    assert restoring.after_restore(timezone.now()).numbers_back
    SendingHold.objects.update(released_at=timezone.now())
    assert journal.journal_id() == mark
    again = api.book(body).json()
    assert (again["id"], again["waybill_number"]) == (booked["id"], booked["waybill_number"])
    assert len(courier.waybills) == 1


def _forget(pk: str) -> None:
    """As a backup from before the booking has it."""
    waybill = Waybill.objects.get(pk=pk)
    IdempotencyKey.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF" if connection.vendor == "sqlite" else "SET CONSTRAINTS ALL DEFERRED")
    for related in ("decisions", "prices", "parcels", "attempts"):
        getattr(waybill, related).all()._raw_delete("default")  # past the models, which refuse it
    waybill.delete()


def test_the_journal_names_the_key_by_its_hash_only(real: tuple[Api, dict[str, Any]]) -> None:
    api, body = real
    api.book(body, key="order-2026-11-27-secret")
    text = "".join(path.read_text() for path in journal.directory().glob("*"))
    assert "order-2026-11-27-secret" not in text
    assert ordering.digest_of(User.objects.get(), "order-2026-11-27-secret") in text
    assert sending.waiting_to_be_sent(timezone.now()) == []
