"""One client for several threads and, after a fork, for several processes."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bexapi import BexClient, CallRecord, TrackingReply
from tests.bexapi.cast import GOOD, OPERATIONS, URL, Answering, client
from tests.bexapi.server import Visit, answering, client_of, serving


def echo_of_what_was_asked(visit: Visit) -> None:
    """A table whose one shipment has the number that was asked for."""
    while request := visit.read_request():
        number = request.rsplit(b'"', 2)[1]
        row = b'{"id": 7, "col1": "26-11-2026 08:26", "col2": "' + number + b'", "col4": "Arrived"}'
        visit.reply(b'{"items": [' + row + b"]}")


def test_threads_that_share_a_client_get_their_own_answers_over_their_own_connections() -> None:
    together = threading.Barrier(8)

    def work(thread: int) -> bool:
        together.wait(30)
        numbers = [f"ACP{thread}N{call}" for call in range(20)]
        return all(bex.track([number]).by_number(number) for number in numbers)

    with serving(echo_of_what_was_asked) as server:
        bex = client_of(server.url)
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(work, range(8)))
        assert len(server.visits) == 8


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_does_not_write_to_its_parents_connection() -> None:
    with serving(echo_of_what_was_asked) as server:
        bex = client_of(server.url)
        assert bex.track(["PARENT1"]).shipments
        child = os.fork()
        if child == 0:
            found = False
            try:
                found = bool(bex.track(["CHILD"]).by_number("CHILD"))
            finally:
                os._exit(0 if found else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert bex.track(["PARENT2"]).by_number("PARENT2")
        parents, childs = server.visits
    assert b"CHILD" not in parents.received
    assert parents.received.count(b"POST ") == 2
    assert childs.received.count(b"POST ") == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    def once(visit: Visit) -> None:
        visit.read_request()
        visit.reply(GOOD["track"])

    with serving(once) as server:
        bex = client_of(server.url)
        for place in range(3):
            assert isinstance(bex.track(["ACP60001942"]), TrackingReply)
            server.ended[place].wait(30)
    assert len(server.visits) == 3


def test_every_call_is_told_with_bare_facts() -> None:
    calls: list[CallRecord] = []
    bex = client(Answering({"ex": "No user naledi."}), on_call=calls.append)
    with pytest.raises(Exception, match="refused by BEX"):
        bex.login("naledi", "password")
    client(Answering(GOOD["track"]), on_call=calls.append).track(["ACP60001942"])
    assert [(call.operation, call.host, call.status, call.error) for call in calls] == [
        ("login", "bex.example", 200, "BexRejected"),
        ("track", "bex.example", 200, None),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://bex.example", "http://10.0.0.1", "ftp://bex.example", "bex.example", "", "https://", "https://:443",
        "https://naledi:password@bex.example", "https://bex.example?token=1", "https://bex.example#a",
        "https://bex.example:0", "https://bex.example:naledi", "https://[::1", "https://bex .example",
        "https://bex.example/a\nb", "https://bex\0.example", "http://localhost.bex.example", "http://127.0.0.1.nip.io",
    ],
)  # fmt: skip
def test_an_endpoint_that_cannot_be_spoken_to_safely_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL") as caught:
        BexClient(url)
    assert "naledi" not in str(caught.value)


@pytest.mark.parametrize("url", [URL, f" {URL}/ ", "http://localhost:8001", "http://127.0.0.1:1", "http://[::1]:8001/"])
def test_https_and_loopback_are_spoken_to(url: str) -> None:
    assert BexClient(url).base_url == url.strip().rstrip("/")


@pytest.mark.parametrize("call", ["quote", "submit_waybill", "download_ewaybill", "download_labels"])
def test_a_call_that_needs_a_token_is_not_made_without_one(call: str) -> None:
    transport = Answering({})
    with pytest.raises(ValueError, match="token"):
        OPERATIONS[call](BexClient(URL, token=" ", transport=transport))
    assert transport.requests == []


def test_without_a_transport_of_its_own_a_client_uses_the_real_one() -> None:
    with serving(answering(GOOD["track"])) as server:
        assert BexClient(server.url.replace("localhost", "127.0.0.1")).track(["ACP60001942"]).shipments
