"""HTTP statuses and malformed bodies: the same error for every call, by what the caller can do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bexapi import BexBusy, BexError, BexOutcomeUnknown, BexRejected, BexUnreachable, MaybeSent, NotSent, WireResponse
from bexapi.answer import retry_after
from tests.bexapi.cast import GOOD, OPERATIONS, answered, client

REFUSING = {401, 403, 404, 405, 413, 414, 415, 431}
EX = b'{"id": 0, "ex": "Words of BEX."}'

every_operation = pytest.mark.parametrize("operation", OPERATIONS)


def error_of(operation: str, body: bytes, status: int = 200, headers: Any = None) -> BexError:
    with pytest.raises(BexError) as caught:
        OPERATIONS[operation](answered(body, status, headers))
    return caught.value


@every_operation
@pytest.mark.parametrize("status", [*range(100, 200), *range(300, 600), 0, 999])
def test_outside_2xx_the_status_decides_whatever_the_body_says(operation: str, status: int) -> None:
    expected = BexRejected if status in REFUSING else BexBusy if status == 429 else BexOutcomeUnknown
    for body in (b"", EX, GOOD[operation], b"<html>Error</html>"):
        error = error_of(operation, body, status)
        assert type(error) is expected
        assert error.status == status


@every_operation
@pytest.mark.parametrize("status", [200, 201, 202, 206])
def test_within_2xx_the_body_decides(operation: str, status: int) -> None:
    assert OPERATIONS[operation](answered(GOOD[operation], status))
    assert type(error_of(operation, EX, status)) is BexRejected
    assert type(error_of(operation, b"", status)) is BexOutcomeUnknown


@every_operation
@pytest.mark.parametrize(
    "body",
    [
        b"", b" \r\n", b"\xef\xbb\xbf", b"null", b"true", b"0", b'"text"', b"[]", b"{}", b"[[[", b"{" * 5000,
        b"[" * 100_000, b'{"items": [', b'{"ex": "No', b'{"ex": "No."} trailing', b'{"ex": null}', b'{"ex": ""}',
        b"<!DOCTYPE html><html><body>Service Unavailable</body></html>", b"\xff\xfe\x00", b"\x00" * 20,
        b'{"id": ' + b"9" * 5000 + b"}", b'{"id": 1e99999999999999999999999}', b"NaN",
    ],
    ids=lambda body: repr(body[:18]),
)  # fmt: skip
def test_a_body_that_says_nothing_usable_is_an_unknown_outcome(operation: str, body: bytes) -> None:
    error = error_of(operation, body)
    assert type(error) is BexOutcomeUnknown
    assert error.status == 200


@every_operation
def test_a_refusing_status_hands_on_the_words_of_ex_and_the_raw_reply(operation: str) -> None:
    error = error_of(operation, EX, 403)
    assert isinstance(error, BexRejected)
    assert error.message == "Words of BEX."
    assert error.raw == EX.decode()
    assert "Words" not in str(error)


@every_operation
def test_every_error_says_what_was_asked_of_whom_and_how_long_it_took(operation: str) -> None:
    error = error_of(operation, b"", 503)
    assert (error.operation, error.host) == (operation, "bex.example")
    assert error.elapsed >= 0
    assert str(error).startswith(f"{operation} at bex.example: no usable answer (HTTP 503) (after ")


@every_operation
def test_only_a_submission_of_unknown_outcome_must_not_be_repeated(operation: str) -> None:
    assert error_of(operation, b"", 500).may_retry is (operation != "submit_waybill")
    assert error_of(operation, b"", 401).may_retry is False
    assert error_of(operation, b"", 429).may_retry is True


@every_operation
def test_a_transport_that_could_not_send_or_got_no_answer(operation: str) -> None:
    def not_sent(request: object) -> WireResponse:
        raise NotSent("connection refused")

    def maybe_sent(request: object) -> WireResponse:
        raise MaybeSent("timed out")

    with pytest.raises(BexUnreachable, match="connection refused") as unreachable:
        OPERATIONS[operation](client(not_sent))
    with pytest.raises(BexOutcomeUnknown, match="timed out") as unknown:
        OPERATIONS[operation](client(maybe_sent))
    assert (unreachable.value.status, unreachable.value.may_retry) == (None, True)
    assert unknown.value.status is None


@every_operation
def test_a_whole_object_counts_though_the_connection_broke_after_it_and_half_a_one_does_not(operation: str) -> None:
    whole = EX if operation.startswith("download") else GOOD[operation]

    def cut(body: bytes) -> Any:
        return lambda request: WireResponse(200, {}, body, cut_short="the reply was cut short")

    with pytest.raises(BexOutcomeUnknown, match="cut short"):
        OPERATIONS[operation](client(cut(whole[:-4])))
    if whole is EX:
        with pytest.raises(BexRejected):
            OPERATIONS[operation](client(cut(whole)))
    else:
        assert OPERATIONS[operation](client(cut(whole)))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0), (" 1.5 ", 1.5), ("0", 0.0), ("-3", 0.0), ("Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0), ("999999", 86400.0), ("", None), ("soon", None), ("NaN", None),
        ("1e9999999", None), ("Mon, 99 Nov 2026 12:01:00 GMT", None), ("Mon, 23 Nov 2026 12:01:00 +99999999999", None),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_read_from_a_number_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after(header, datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) == seconds


def test_a_busy_bex_says_how_long_to_wait() -> None:
    busy = error_of("quote", b"", 429, {"retry-after": "12"})
    assert isinstance(busy, BexBusy)
    assert busy.retry_after == 12.0
