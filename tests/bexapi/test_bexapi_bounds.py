"""Over real sockets: a reply is bounded in time and size, no redirect is followed, no environment is looked at."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bexapi import BexBusy, BexError, BexOutcomeUnknown, BexRejected, Timeouts
from bexapi.client import LARGEST_JSON, LARGEST_PDF
from tests.bexapi.cast import GOOD, HARD_TEXT, OPERATIONS, PDF, QUOTE, TOKEN, WAYBILL
from tests.bexapi.leaks import PLANTED, everything_logged, outcome, texts_of
from tests.bexapi.server import Script, Visit, answering, client_of, serving

every_operation = pytest.mark.parametrize("operation", OPERATIONS)
SHORT = Timeouts(connect=20, read=20, deadline=0.3)


def after_request(*pieces: bytes, drip: bytes) -> Script:
    def script(visit: Visit) -> None:
        visit.read_request()
        for piece in pieces:
            visit.send(piece)
        visit.drip(drip)

    return script


DRIPS = {
    "the body": after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", drip=b" "),
    "the body to the end of the connection": after_request(b"HTTP/1.1 200 OK\r\n\r\n", drip=b"{"),
    "chunks": after_request(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", drip=b"1\r\n \r\n"),
    "the length of a chunk": after_request(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", drip=b"0"),
    "the status line": after_request(b"HTTP/1.1 200 ", drip=b"O"),
    "a header": after_request(b"HTTP/1.1 200 OK\r\nX: ", drip=b"x"),
    "promises to continue": after_request(drip=b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_drip_of_anything_cannot_outlive_the_deadline(what: str) -> None:
    with serving(DRIPS[what]) as server, pytest.raises(BexOutcomeUnknown, match=r"timed out|the deadline has passed"):
        client_of(server.url, SHORT).submit_waybill(WAYBILL)


@every_operation
def test_silence_ends_with_the_read_time_out_or_the_deadline(operation: str) -> None:
    with serving(Visit.until_the_other_side_closes) as server:
        for timeouts in (SHORT, Timeouts(connect=20, read=0.2, deadline=20)):
            with pytest.raises(BexOutcomeUnknown, match=r"timed out|the deadline has passed"):
                OPERATIONS[operation](client_of(server.url, timeouts))


def reads_nothing(visit: Visit) -> None:
    visit.server.closing.wait(30)


def test_a_server_that_reads_nothing_cannot_hold_a_sender() -> None:
    with serving(reads_nothing) as server, pytest.raises(BexOutcomeUnknown):
        client_of(server.url, SHORT).login("x" * 40_000_000, "password")


@every_operation
def test_a_reply_without_end_is_not_read_to_it(operation: str) -> None:
    def flood(visit: Visit) -> None:
        visit.read_request()
        visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not visit.server.closing.is_set():
            visit.send(b" " * 1_000_000)

    with serving(flood) as server, pytest.raises(BexOutcomeUnknown, match="the reply is too large"):
        OPERATIONS[operation](client_of(server.url))


@pytest.mark.parametrize("line", [b"X: y\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"x" * 70_000])
def test_headers_without_end_are_not_read_to_it(line: bytes) -> None:
    def flood(visit: Visit) -> None:
        visit.read_request()
        visit.send(b"" if line.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\n")
        while not visit.server.closing.is_set():
            visit.send(line * (1 + 100_000 // len(line)))

    with serving(flood) as server, pytest.raises(BexOutcomeUnknown, match=r"no HTTP|too large"):
        client_of(server.url).quote(QUOTE)


def test_replies_up_to_the_bound_are_read_and_none_beyond_it() -> None:
    padded = GOOD["quote"] + b" " * (LARGEST_JSON - len(GOOD["quote"]))
    with serving(answering(padded)) as server:
        assert client_of(server.url).quote(QUOTE).options
        server.script = answering(PDF.replace(b"trailer", b"%" * (LARGEST_PDF - len(PDF)) + b"trailer"))
        assert len(client_of(server.url).download_ewaybill("ACP1")) == LARGEST_PDF
        server.script = answering(PDF.replace(b"trailer", b"%" * (LARGEST_PDF + 1 - len(PDF)) + b"trailer"))
        with pytest.raises(BexOutcomeUnknown, match="the reply is too large"):
            client_of(server.url).download_ewaybill("ACP1")


@every_operation
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_a_token(operation: str, status: int) -> None:
    with serving(answering(GOOD[operation])) as elsewhere:
        redirect = answering(b"", f"{status} Moved", f"Location: {elsewhere.url}/api", "Set-Cookie: a=b")
        with serving(redirect) as server:
            with pytest.raises(BexOutcomeUnknown) as caught:
                OPERATIONS[operation](client_of(server.url))
            assert caught.value.status == status
    assert elsewhere.visits == []
    assert len(server.visits) == 1


def test_a_busy_server_and_a_refusal_are_told_apart_over_http_as_well() -> None:
    with serving(answering(b"", "429 Too Many", "Retry-After: 7")) as server, pytest.raises(BexBusy) as busy:
        client_of(server.url).submit_waybill(WAYBILL)
    assert busy.value.retry_after == 7.0
    with serving(answering(b'{"ex": "No."}')) as server, pytest.raises(BexRejected) as rejected:
        client_of(server.url).submit_waybill(WAYBILL)
    assert (rejected.value.message, rejected.value.host) == ("No.", f"localhost:{server.port}")


def test_what_arrives_is_what_was_meant() -> None:
    with serving(answering(b'{"items": []}')) as server:
        client_of(server.url).find_by_reference(HARD_TEXT)
        head, _, body = server.received.partition(b"\r\n\r\n")
    assert json.loads(body) == {"searchItems": HARD_TEXT}
    assert head.startswith(b"POST /api/service/waybillquicktrackingv3customtreeview HTTP/1.1\r\n")
    assert b"content-type: application/json; charset=utf-8" in head.lower()
    assert TOKEN.encode() not in head


def test_neither_proxies_nor_netrc_of_the_environment_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(answering(GOOD["quote"])) as server:
        client_of(server.url).quote(QUOTE)
        assert b"authorization" not in server.received.lower()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(b"HTTP/1.1 200 OK\r\n".__add__),
        st.sampled_from(PLANTED).map(lambda secret: b"HTTP/1.1 200 OK\r\n" + secret.encode() + b"\r\nbad\r\n\r\nx"),
        st.sampled_from(PLANTED).map(lambda secret: b"HTTP/1.1 " + secret.encode() + b"\r\n\r\n"),
        st.binary(max_size=60).map(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".__add__),
    ),
)
def test_any_bytes_on_the_wire_end_in_the_error_tree_and_show_no_secret(operation: str, data: bytes) -> None:
    def script(visit: Visit) -> None:
        visit.read_request()
        visit.send(data)

    with serving(script) as server, everything_logged() as logged:
        result = outcome(OPERATIONS[operation], client_of(server.url))
    assert isinstance(result, BexError)
    for text in (*texts_of(result), logged()):
        assert not any(secret in text for secret in PLANTED)
