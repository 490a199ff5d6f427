"""Over real sockets: where "surely nothing was sent" ends and "something may have been" begins."""

import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bexapi import BexError, BexOutcomeUnknown, BexUnreachable, Deadline, Timeouts
from bexapi.sockets import AddressInfo
from tests.bexapi.cast import GOOD, OPERATIONS, WAYBILL
from tests.bexapi.server import PATIENT, Visit, answering, client_of, resolve_ipv4, serving

every_operation = pytest.mark.parametrize("operation", OPERATIONS)


def closed_port() -> int:
    """A port at which nobody listens: somebody just did."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@every_operation
def test_a_refused_connection_is_unreachable(operation: str) -> None:
    with pytest.raises(BexUnreachable, match="Connection refused"):
        OPERATIONS[operation](client_of(f"http://localhost:{closed_port()}"))


def test_a_name_that_is_not_found_is_unreachable() -> None:
    def not_found(host: str, port: int) -> Sequence[AddressInfo]:
        raise socket.gaierror(socket.EAI_NONAME, f"no {host}")

    with pytest.raises(BexUnreachable, match="the host's name was not found"):
        client_of("https://bex.example", resolve=not_found).submit_waybill(WAYBILL)


@pytest.mark.parametrize("addresses", [[], [ValueError], [UnicodeError]])
def test_a_look_up_that_gives_nothing_or_breaks_is_unreachable(addresses: list[type[Exception]]) -> None:
    def broken(host: str, port: int) -> Sequence[AddressInfo]:
        for error in addresses:
            raise error(host)
        return []

    with pytest.raises(BexUnreachable):
        client_of("https://bex.example", resolve=broken).submit_waybill(WAYBILL)


def test_the_next_address_is_tried_when_one_refuses() -> None:
    with serving(answering(GOOD["submit_waybill"])) as server:

        def two(host: str, port: int) -> Sequence[AddressInfo]:
            (good,) = resolve_ipv4(host, port)
            return [(*good[:4], ("127.0.0.1", closed_port())), good]

        client_of(server.url, resolve=two).submit_waybill(WAYBILL)
    assert len(server.visits) == 1


def test_a_name_look_up_that_takes_longer_than_the_deadline_sends_nothing() -> None:
    goes_on = threading.Event()
    ended = threading.Event()

    def slow(host: str, port: int) -> Sequence[AddressInfo]:
        goes_on.wait(30)
        ended.set()
        return resolve_ipv4(host, port)

    with serving(answering(GOOD["submit_waybill"])) as server:
        bex = client_of(server.url, Timeouts(connect=20, read=20, deadline=0.1), resolve=slow)
        with pytest.raises(BexUnreachable, match="the deadline has passed"):
            bex.submit_waybill(WAYBILL)
        goes_on.set()
        assert ended.wait(30)
    assert server.visits == []


@every_operation
def test_a_deadline_that_passed_before_sends_nothing(operation: str) -> None:
    with serving(answering(GOOD[operation])) as server:
        bex = client_of(server.url, Timeouts(connect=20, read=20, deadline=1e-9))
        with pytest.raises(BexUnreachable, match="the deadline has passed"):
            OPERATIONS[operation](bex)
    assert server.received == b""


@dataclass(frozen=True)
class PassesOnceConnected(Deadline):
    """Far away until the server has seen the connection, and then in the past."""

    arrived: threading.Event = field(kw_only=True)

    @property
    def expired(self) -> bool:
        return self.arrived.wait(30)


def test_a_deadline_that_passes_between_connecting_and_the_first_byte_sends_nothing() -> None:
    with serving(Visit.until_the_other_side_closes) as server:
        deadline = PassesOnceConnected(Deadline.after(30).at, arrived=server.arrived)
        with pytest.raises(BexUnreachable, match="the deadline has passed"):
            client_of(server.url).submit_waybill(WAYBILL, deadline=deadline)
    assert (len(server.visits), server.received) == (1, b"")


def test_a_late_call_sends_nothing_over_a_kept_connection() -> None:
    with serving(answering(GOOD["track"])) as server:
        bex = client_of(server.url)
        bex.track(["ACP60001942"])
        before = server.received
        with pytest.raises(BexUnreachable, match="the deadline has passed"):
            bex.track(["ACP60001942"], deadline=Deadline.after(-1))
    assert (len(server.visits), server.received) == (1, before)


def reset(visit: Visit) -> None:
    visit.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close_after_request(visit: Visit) -> None:
    visit.read_request()


def reset_after_request(visit: Visit) -> None:
    visit.read_request()
    reset(visit)


def reset_before_request(visit: Visit) -> None:
    reset(visit)


def cut_in_head(visit: Visit) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Le")


def cut_in_body(visit: Visit) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b'{"ex": "No')


def cut_in_chunks(visit: Visit) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b'a\r\n{"ex": "No\r\n')


def no_http(visit: Visit) -> None:
    visit.read_request()
    visit.send(b"SSH-2.0-OpenSSH_9.2\r\n")


def bare_200(visit: Visit) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\n\r\n")


BREAKING = [
    close_after_request, reset_after_request, cut_in_head, cut_in_body, cut_in_chunks, no_http, bare_200,
]  # fmt: skip


@every_operation
def test_a_reset_as_soon_as_it_stands_is_never_taken_for_an_answer(operation: str) -> None:
    """Whether the reset is seen before the first byte left, and so nothing did, is a matter of microseconds."""
    for _ in range(10):
        with serving(reset_before_request) as server:
            error = _error(operation, server.url)
        assert type(error) in {BexOutcomeUnknown, BexUnreachable}
        assert error.reason in {"the connection was reset", "the connection was closed without an answer"}
        assert len(server.visits) == 1


@every_operation
@pytest.mark.parametrize("script", BREAKING)
def test_what_breaks_once_the_connection_stands_has_an_unknown_outcome(operation: str, script: object) -> None:
    with serving(script) as server:  # type: ignore[arg-type] # one of BREAKING
        error = _error(operation, server.url)
    assert type(error) is BexOutcomeUnknown
    assert error.reason
    assert len(server.visits) == 1  # and nothing was tried a second time


def _error(operation: str, url: str) -> BexError:
    with pytest.raises(BexError) as caught:
        OPERATIONS[operation](client_of(url, PATIENT))
    return caught.value


def test_a_submission_has_a_connection_of_its_own_and_other_calls_share_one() -> None:
    with serving(answering(GOOD["submit_waybill"])) as server:
        bex = client_of(server.url)
        bex.submit_waybill(WAYBILL)
        bex.submit_waybill(WAYBILL)
        assert len(server.visits) == 2
        server.script = answering(GOOD["track"])
        bex.track(["ACP60001942"])
        bex.find_by_reference("KTQ4XN7M2PVB6RZC")
        assert len(server.visits) == 3
