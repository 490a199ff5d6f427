"""One key is one booking: raced, repeated while the first call runs, after a crash, after a restore."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.identities import log_in
from accounts.models import ShippingAccount, User
from bexportal.examples import QUOTE, WAYBILL
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

    settings.BEX_API_URL = courier.url
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    ShippingAccount.objects.create(
        number="316085", name="Head office", identity=identity, default_sender=Address.objects.create(**SENDER)
    )
    api = Api(api_keys.create(admin, name="ERP", scopes=ALL, by=admin)[1])
    body = {**WAYBILL, "collection_date": coming_monday().isoformat(), "max_total": "9000"}
    return api, body


def race(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each answered, all begun at one moment."""
    gate, answers = threading.Barrier(len(calls)), list[Any]()

    def run(call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            answers.append(call())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.postgres
def test_eight_racing_calls_make_one_booking(real: tuple[Api, dict[str, Any]], courier: Courier) -> None:
    api, body = real

    def call() -> tuple[int, str]:
        response = Api(api.key).book(body)
        return response.status_code, response.json().get("waybill_number", "")

    answers = race([call] * RACERS)
    assert {status for status, _ in answers} == {201}, answers
    assert len({number for _, number in answers}) == 1
    assert (Waybill.objects.count(), Submission.objects.count(), len(courier.waybills)) == (1, 1, 1)


@pytest.mark.postgres
def test_while_many_wait_for_bex_further_ones_are_left_to_a_worker(
    real: tuple[Api, dict[str, Any]], courier: Courier
) -> None:
    """Else a silent BEX would take every thread of the web process, and no page would be answered."""
    api, body = real
    courier.fault("submit", "slow", seconds=2, times=RACERS)

    def call(number: int) -> Callable[[], tuple[int, str]]:
        def book() -> tuple[int, str]:
            response = Api(api.key).book({**body, "senders_ref": f"SO-{number}"}, key=f"order-{number}")
            return response.status_code, response.json()["state"]

        return book

    answers = race([call(number) for number in range(RACERS + 2)])
    assert (202, "queued") in answers, answers
    assert {status for status, _ in answers} <= {201, 202}, answers


@pytest.mark.postgres
def test_racing_keys_with_one_senders_reference_make_one_booking(
    real: tuple[Api, dict[str, Any]], courier: Courier
) -> None:
    api, body = real

    def with_key(number: int) -> Callable[[], Any]:
        said = {**body, "senders_ref": "SO-1001" if number % 2 else "so-1001"}
        return lambda: Api(api.key).book(said, key=f"order-{number}", Prefer="respond-async").status_code

    assert sorted(race([with_key(number) for number in range(6)])) == [202, 409, 409, 409, 409, 409]
    assert Waybill.objects.count() == 1


@pytest.mark.postgres
def test_racing_keys_with_one_option_make_one_booking(real: tuple[Api, dict[str, Any]], courier: Courier) -> None:
    api, body = real
    asked = {**QUOTE, "dispatch_date": coming_monday().isoformat()}
    option = api.call("POST", "/quotes", asked).json()["options"][0]["id"]
    plain = {name: value for name, value in body.items() if name not in {"service_code", "max_total"}}

    def with_key(number: int) -> Callable[[], Any]:
        said = {**plain, "quote_option": option, "senders_ref": f"SO-{number}"}
        return lambda: Api(api.key).book(said, key=f"order-{number}", Prefer="respond-async").status_code

    assert sorted(race([with_key(number) for number in range(4)])) == [202, 409, 409, 409]


@pytest.mark.postgres
def test_of_racing_corrections_one_is_made_and_the_others_have_an_old_version(
    real: tuple[Api, dict[str, Any]], courier: Courier
) -> None:
    api, body = real
    courier.fault("submit", "ex", text="Receiver street is invalid.", times=1)
    refused = api.book(body)
    assert refused.status_code == 422, refused.json()
    path = refused.json()["waybill"].removeprefix("/api/v1")
    corrected = {**body, "instructions": "Ring twice"}
    calls = [lambda: Api(api.key).call("PUT", path, corrected, If_Match=refused["ETag"]).status_code] * 6
    assert sorted(race(calls)) == [201, 412, 412, 412, 412, 412]
    assert len(courier.waybills) == 1


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
