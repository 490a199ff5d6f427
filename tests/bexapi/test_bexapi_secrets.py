"""No secret in any text: errors, tracebacks with their variables, pickles, logs, reprs."""

import copy
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from bexapi import BexClient, BexError, MaybeSent, NotSent, WireRequest, WireResponse
from tests.bexapi.cast import ALTERNATE, GOOD, OPERATIONS, PASSWORD, TOKEN, URL, Answering, client
from tests.bexapi.leaks import PLANTED, everything_logged, frames, outcome, texts_of

every_operation = pytest.mark.parametrize("operation", OPERATIONS)


def assert_clean(*texts: str) -> None:
    for text in texts:
        for secret in PLANTED:
            assert secret not in text


def echoes(request: WireRequest) -> str:
    """A server that says everything that it was sent."""
    return f"{dict(request.headers)} {request.body.decode()}"


def failing_from_within(request: WireRequest) -> WireResponse:
    try:
        dict(request.headers)[echoes(request)]
    except KeyError as error:
        raise MaybeSent("timed out") from error
    raise AssertionError


def refused_from_within(request: WireRequest) -> WireResponse:
    raise NotSent("connection refused") from RuntimeError(echoes(request))


def echoing(status: int, shape: Callable[[str], object]) -> Callable[[WireRequest], WireResponse]:
    return lambda request: Answering(shape(echoes(request)), status)(request)


TRANSPORTS = {
    "an error caused by one that names them": failing_from_within,
    "no connection, caused by one that names them": refused_from_within,
    "echoed in ex": echoing(200, lambda said: {"ex": f"Not valid: {said}"}),
    "echoed by a breakdown": echoing(500, lambda said: f"<h1>Server Error</h1><pre>{said}</pre>".encode()),
    "echoed by a refusing status": echoing(401, lambda said: {"ex": said}),
    "echoed by a busy server": echoing(429, lambda said: {"said": said}),
    "echoed in what is cut": echoing(200, lambda said: f'{{"said": "{said}'.encode()),
    "echoed under a name": echoing(200, lambda said: {"said": said}),
}


@every_operation
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_error_shows_no_secret_though_bex_or_a_cause_names_them(operation: str, transport: str) -> None:
    with everything_logged() as logged:
        error = outcome(OPERATIONS[operation], client(TRANSPORTS[transport]))
    assert isinstance(error, BexError)
    assert_clean(*texts_of(error), logged())
    assert (error.__cause__, error.__context__) == (None, None)
    assert operation in logged()


@every_operation
def test_a_reply_shows_no_secret_that_bex_sent_back_among_its_texts(operation: str) -> None:
    body = GOOD[operation].replace(b"ROOIBOK TRADING", TOKEN.encode()).replace(b"J DAVIS", ALTERNATE.encode())
    body = body.replace(b"shipping@rooibok.example", PASSWORD.encode()).replace(b"740493", TOKEN.encode())
    assert_clean(*texts_of(outcome(OPERATIONS[operation], client(Answering(body)))))


def test_logging_in_again_gives_the_token_though_it_is_known_already() -> None:
    login = client(Answering({"value": TOKEN})).login("u", PASSWORD)
    assert login.token == TOKEN
    assert_clean(*texts_of(login))


def test_what_a_call_is_made_of_shows_no_secret() -> None:
    transport = Answering(GOOD["quote"])
    bex = client(transport)
    for operation in OPERATIONS.values():
        outcome(operation, bex)
    assert len(transport.requests) == len(OPERATIONS)
    assert_clean(repr(bex), *map(repr, transport.requests))


@pytest.mark.parametrize("thing", ["client", "login", "request"])
def test_what_holds_a_secret_is_neither_pickled_nor_copied(thing: str) -> None:
    transport = Answering(GOOD["login"])
    bex = client(transport)
    login = bex.login("u", PASSWORD)
    holder: Any = {"client": bex, "login": login, "request": transport.requests[0]}[thing]
    assert_clean(repr(holder))
    assert login.token not in repr(holder)
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copied(holder)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_error_survives_pickling_with_all_it_says(operation: str) -> None:
    error = outcome(OPERATIONS[operation], client(Answering({"ex": "No."}, 403)))
    assert isinstance(error, BexError)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


WRONG: dict[str, Callable[[], object]] = {
    "a base URL": lambda: BexClient("http://bex.example", token=TOKEN, alternate_token=ALTERNATE),
    "a token": lambda: BexClient(URL, token=f"{TOKEN}\r\nX: y", alternate_token=ALTERNATE),
    "an alternate token": lambda: BexClient(URL, token=TOKEN, alternate_token=f"{ALTERNATE}ä"),
    "a user name": lambda: client(Answering({})).login(b"naledi", PASSWORD),  # type: ignore[arg-type]
    "a password": lambda: client(Answering({})).login("naledi", PASSWORD.encode()),  # type: ignore[arg-type]
    "a number": lambda: client(Answering({})).download_ewaybill(""),
}


@pytest.mark.parametrize("argument", WRONG)
def test_the_complaint_about_a_wrong_argument_shows_no_secret(argument: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        WRONG[argument]()
    assert_clean(str(caught.value), *frames(caught.value))
    assert repr(PASSWORD.encode())[2:-1] not in " ".join(frames(caught.value))


def test_a_call_is_logged_in_one_line_of_bare_facts(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="bexapi"):
        outcome(OPERATIONS["login"], client(Answering({"ex": "No user naledi."})))
    (line,) = [record.getMessage() for record in caplog.records if record.name == "bexapi"]
    assert line.startswith("login at bex.example: BexRejected, HTTP 200, ")
    assert "naledi" not in line
