"""Whatever the bytes of a reply: a typed result or an error of the tree, and no secret in any text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bexapi import BexBusy, BexError, BexOutcomeUnknown, BexRejected, WireResponse
from tests.bexapi.cast import ALTERNATE, GOOD, OPERATIONS, TOKEN, Answering, client
from tests.bexapi.leaks import PLANTED, everything_logged, outcome, texts_of

NAMES = [
    "items", "ex", "EX", "id", "value", "Value", "token", "waybillNumber", "totalCharges", "vat", "volRatio",
    "serviceCodeStr", "serviceId", "isDeliveryGuaranteed", "scheduleBy", "groupingIndex", "col1", "col2", "col3",
    "col4", "col5", "internalRef", "printingText", "isEmailVerified", "email",
]  # fmt: skip
WORDS = [
    *PLANTED, "Date", "Waybill", "Senders Ref", "Tracking Description", "User", "ACP60001942", "-1", "True", "",
    "26-11-2026 08:26", "2026-11-24 16:00:00", "1,234.50", "1e9999999", "Infinity", "٣", "\0", "\ud83d", "ONC",
]  # fmt: skip

REFUSING = {401, 403, 404, 405, 413, 414, 415, 431}
statuses = st.one_of(st.just(200), st.sampled_from([201, 204, 302, 401, 404, 429, 500, 503]), st.integers(0, 1000))
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS)
    | st.tuples(st.text(max_size=5), st.sampled_from(PLANTED)).map("".join)
)  # fmt: skip
names = st.sampled_from(NAMES) | st.text(max_size=8)
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6), max_leaves=25
)
replies = st.dictionaries(names, values, max_size=6) | values
operations = st.sampled_from(sorted(OPERATIONS))


def check(operation: str, body: bytes, status: int, headers: dict[str, str] | None = None, cut_short: str = "") -> None:
    with everything_logged() as logged:
        result = outcome(
            OPERATIONS[operation], client(lambda _: WireResponse(status, headers or {}, body, cut_short=cut_short))
        )
    if isinstance(result, BexError):
        assert type(result) is error_for(status, result)
        assert result.may_retry is (type(result) is BexBusy or unknown_and_harmless(operation, result))
    else:
        assert 200 <= status <= 299
    # A PDF is a document, not a text of ours; the password is known to a log-in only.
    texts = () if isinstance(result, bytes) else texts_of(result)
    for text in (*texts, logged()):
        for secret in PLANTED if operation == "login" else (TOKEN, ALTERNATE):
            assert secret not in text


def error_for(status: int, error: BexError) -> type[BexError]:
    if 200 <= status <= 299:
        return BexRejected if isinstance(error, BexRejected) and error.message else BexOutcomeUnknown
    return BexRejected if status in REFUSING else BexBusy if status == 429 else BexOutcomeUnknown


def unknown_and_harmless(operation: str, error: BexError) -> bool:
    return isinstance(error, BexOutcomeUnknown) and operation != "submit_waybill"


@given(operations, st.binary(max_size=300), statuses, st.text(max_size=12))
def test_any_bytes(operation: str, body: bytes, status: int, wait: str) -> None:
    check(operation, body, status, {"Retry-After": wait})


@given(operations, replies, statuses, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]), st.booleans())
def test_any_json(operation: str, reply: object, status: int, encoding: str, escaped: bool) -> None:
    text = json.dumps(reply, ensure_ascii=escaped)
    check(operation, text.encode(encoding, "replace"), status)


@given(operations, st.data())
def test_a_good_reply_damaged_anywhere(operation: str, data: st.DataObject) -> None:
    body = GOOD[operation]
    start = data.draw(st.integers(0, len(body)), label="from")
    length = data.draw(st.integers(0, 12), label="bytes that are lost")
    put = data.draw(st.binary(max_size=6) | st.sampled_from(PLANTED).map(str.encode), label="bytes in their place")
    check(operation, body[:start] + put + body[start + length :], 200)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_good_reply_cut_at_every_byte_is_never_taken_for_a_refusal(operation: str) -> None:
    body = GOOD[operation]
    for end in range(0, len(body.rstrip()) - 1, 7):
        result = outcome(OPERATIONS[operation], client(Answering(body[:end])))
        assert type(result) is BexOutcomeUnknown


@given(st.dictionaries(names, values, max_size=6), values)
def test_no_number_and_no_words_is_never_a_booking_nor_a_refusal(reply: dict[str, Any], ex: object) -> None:
    reply = {name: value for name, value in reply.items() if name.lower() not in ("ex", "items", "waybillnumber")}
    result = outcome(OPERATIONS["submit_waybill"], client(Answering({**reply, "items": [{"vat": ex}]})))
    assert type(result) is BexOutcomeUnknown
