"""What the portal logs, in its own format, while people sign in, search and are refused: ids, and nobody's words."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, OperationalError, connection
from django.test import Client

from accounts.models import ShippingAccount, User
from bexportal.logs import logging_config
from shipments import booking, sending
from tests.courier import ScriptedBex, answer, booked, refusal
from tests.making import make_waybill

PERSONAL = (
    "planted", "thandi", "Thandi", "Mokoena", "0821234567", "rooibok.example", "Protea Road", "Anneke", "Dorp Street",
)  # fmt: skip


@pytest.fixture
def logged() -> Any:
    """Every line as the handlers write it; formatted like the installation's own, as JSON."""
    config = logging_config("json")["formatters"]["portal"]
    sink = io.StringIO()
    handler = logging.StreamHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(**{key: value for key, value in config.items() if key != "()"})
    )
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in sink.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)


Lines = Callable[[], list[dict[str, Any]]]


def test_signing_in_searching_booking_and_what_goes_wrong_with_it(
    logged: Lines, account: ShippingAccount, booker: User, bex: ScriptedBex, settings: Any
) -> None:
    booker.set_password("planted-password-1")
    booker.save()
    client = Client(raise_request_exception=False)
    for password in ("planted-wrong", "planted-password-1"):
        client.post("/sign-in/", {"username": "thandi@rooibok.example", "password": password})
    client.get("/find/", {"q": "Anneke Botha"})
    client.get("/waybills/", {"q": "0821234567"})
    client.get("/places/", {"q": "Dorp Street"})
    client.get("/nowhere/", {"name": "Anneke"})
    client.post("/password/", {"old_password": "planted-old", "new_password1": "planted", "new_password2": "planted"})
    for reply in (refusal("Receiver Anneke Botha of Dorp Street is unknown"), answer("<p>Anneke Botha</p>"), booked()):
        bex.on("submit", reply)
        waybill = make_waybill(account, booker)
        booking.ask(waybill.pk, booker, waybill.version)
        sending.send(waybill.pk)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        Client().post("/sign-in/", {"username": "thandi", "password": "planted-wrong"})
    Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "thandi", "password": "planted"})

    lines = logged()
    text = json.dumps(lines, ensure_ascii=False)
    assert [word for word in PERSONAL if word in text] == []
    requests = [line for line in lines if line["logger"] == "bexportal.requests"]
    assert len(requests) > 10
    assert all(line["request_id"] for line in requests)
    assert any(line["logger"] == "bexapi" for line in lines)


def test_a_page_without_a_database_is_an_error_page_and_its_log_names_the_request(
    logged: Lines, as_booker: Client
) -> None:
    def away(*args: Any) -> Any:
        raise OperationalError("gone")

    as_booker.raise_request_exception = False
    with connection.execute_wrapper(away):
        page = as_booker.get("/waybills/")
    assert page.status_code == 500
    request_id = page.headers["X-Request-ID"]
    assert request_id in page.content.decode()
    told = next(line for line in logged() if line["logger"] == "django.request")
    assert (told["level"], told["request_id"]) == ("error", request_id)
    assert "OperationalError" in told["exception"]


def refuse(row: str) -> None:
    raise IntegrityError(f'violates "user_email"\nDETAIL:  Key (lower(email))=({row}) already exists.\n')


def test_a_traceback_is_told_without_the_row_that_a_database_refused(logged: Lines, booker: User) -> None:
    try:
        refuse(booker.email)
    except IntegrityError:
        logging.getLogger("django.request").exception("Internal Server Error: /")
    told = logged()[-1]
    assert "thandi" not in json.dumps(told)
    assert 'violates "user_email"' in told["exception"]
    assert "Traceback" in told["exception"]
