"""Each fault: what the caller sees, and whether the courier carried the call out."""

import json
import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests

from tests.sandbox.harness import Box, wait_until, waybill

SUBMIT = "/api/service/submitwaybillv4"


def arm(box: Box, kind: str, **more: object) -> None:
    box.control("faults", {"call": "submit", "kind": kind, **more})


def submit(box: Box, *, timeout: float = 5) -> requests.Response:
    """On a connection of its own, as a careful client does."""
    token = box.login()
    with requests.Session() as session:
        return session.post(
            box.url + SUBMIT, json=waybill(), headers={"token": token}, timeout=timeout, allow_redirects=False
        )


def booked(box: Box) -> int:
    return len(box.waybills())


@pytest.mark.parametrize(("kind", "count"), [("cut_before", 0), ("cut_after", 1), ("cut_body", 1)])
def test_a_cut_connection(box: Box, kind: str, count: int) -> None:
    arm(box, kind)
    with pytest.raises(requests.exceptions.RequestException):
        submit(box)
    assert booked(box) == count


def test_a_cut_is_a_reset_not_an_orderly_end(box: Box) -> None:
    arm(box, "cut_before")
    parts = urlsplit(box.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as raw:
        raw.sendall(b"POST /api/service/submitwaybillv4 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        with pytest.raises(ConnectionResetError):
            raw.recv(100)


def test_a_connection_cut_at_accept_reaches_no_operation(box: Box) -> None:
    arm(box, "cut_connect")
    with pytest.raises(requests.exceptions.ConnectionError), requests.Session() as session:
        session.post(box.url + SUBMIT, json={}, timeout=5)
    assert box.control("state")["counters"]["submit"] == 0
    assert submit(box).json()["items"]


@pytest.mark.parametrize(("kind", "count"), [("hang_before", 0), ("hang_after", 1)])
def test_a_call_that_hangs(box: Box, kind: str, count: int) -> None:
    arm(box, kind)
    with pytest.raises(requests.exceptions.ReadTimeout):
        submit(box, timeout=0.5)
    wait_until(lambda: [call["fault"] for call in box.control("calls?operation=submit")] == [kind])
    assert booked(box) == count


def test_a_hang_may_have_an_end(box: Box) -> None:
    arm(box, "hang_after", seconds=0.1)
    with pytest.raises(requests.exceptions.ConnectionError):
        submit(box)
    assert booked(box) == 1


def test_a_slow_answer_is_booked_long_before_it_comes(box: Box) -> None:
    arm(box, "slow", seconds=0.5)
    answers: list[requests.Response] = []
    caller = threading.Thread(target=lambda: answers.append(submit(box)))
    caller.start()
    wait_until(lambda: booked(box) > 0)
    assert (booked(box), answers) == (1, [])
    caller.join()
    assert answers[0].json()["items"]


def test_a_dripping_answer_trips_no_read_time_out(box: Box) -> None:
    arm(box, "drip", seconds=0.002)
    assert submit(box, timeout=0.2).json()["items"]
    assert booked(box) == 1


@pytest.mark.parametrize(("commit", "count"), [(False, 0), (True, 1)])
def test_a_real_http_status(box: Box, commit: bool, count: int) -> None:
    arm(box, "status", status=500, commit=commit)
    answer = submit(box)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert booked(box) == count


def test_a_429_says_how_long_to_wait(box: Box) -> None:
    arm(box, "status", status=429, retry_after=7)
    answer = submit(box)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_redirect_after_committing(box: Box) -> None:
    arm(box, "status", status=302, commit=True)
    answer = submit(box)
    assert (answer.status_code, answer.headers["Location"], booked(box)) == (302, "/error.html", 1)


@pytest.mark.parametrize(("commit", "count"), [(False, 0), (True, 1)])
def test_html_with_200(box: Box, commit: bool, count: int) -> None:
    arm(box, "html", commit=commit)
    answer = submit(box)
    assert (answer.status_code, answer.text[:15], booked(box)) == (200, "<!DOCTYPE html>", count)


def test_half_of_the_json(box: Box) -> None:
    arm(box, "truncated")
    answer = submit(box)
    assert (answer.status_code, booked(box)) == (200, 1)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.text)


def test_an_empty_answer(box: Box) -> None:
    arm(box, "empty")
    answer = submit(box)
    assert (answer.status_code, answer.content, booked(box)) == (200, b"", 1)


def test_an_answer_with_neither_ex_nor_result(box: Box) -> None:
    arm(box, "nothing")
    assert (submit(box).json(), booked(box)) == ({"id": 0}, 1)


@pytest.mark.parametrize(("kind", "count"), [("ex", 0), ("ex_after_commit", 1)])
def test_a_refusal_may_or_may_not_have_booked(box: Box, kind: str, count: int) -> None:
    arm(box, kind, text="The service is not available today.")
    assert submit(box).json() == {"id": 0, "ex": "The service is not available today."}
    assert booked(box) == count
    last = box.control("state")["calls"][-1]
    assert (last["committed"], last["ex"]) == (bool(count), "The service is not available today.")


def test_a_warning_beside_the_number(box: Box) -> None:
    arm(box, "ex_beside", text="Mobile number looks short.")
    answer = submit(box).json()
    assert answer["ex"] == "Mobile number looks short."
    assert answer["items"][0]["waybillNumber"] == box.waybills()[0]["number"]


def test_an_ended_token_needs_a_new_log_in(box: Box) -> None:
    old = box.login()
    arm(box, "ended_token")
    assert box.submit(token=old)["ex"] == "Invalid token. Please log in again."
    assert box.submit(token=old)["ex"] == "Invalid token. Please log in again."
    assert booked(box) == 0
    assert "ex" not in box.submit(token=box.login())


def test_a_changed_token_serves_this_call_only(box: Box) -> None:
    old = box.login()
    arm(box, "changed_token")
    assert "ex" not in box.submit(token=old)
    assert "ex" in box.submit(token=old)
    assert box.login() != old


def test_a_log_in_can_change_the_token(box: Box) -> None:
    old = box.login()
    box.control("faults", {"call": "login", "kind": "changed_token"})
    new = box.login()
    assert new != old
    assert box.login() == new
    assert "ex" in box.submit(token=old)


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("login", "login"),
        ("quote", "getquoteservicedeliverypricingv2"),
        ("track", "waybillquicktrackingv3customtreeview"),
        ("ewaybill", "downloadewaybill"),
        ("labels", "downloadparcellabels"),
    ],
)
def test_every_call_can_go_wrong_and_only_the_one_that_was_named(box: Box, operation: str, call: str) -> None:
    box.control("faults", {"call": operation, "kind": "status", "status": 503})
    assert "items" in box.submit() if operation != "login" else True
    assert box.post(f"/api/service/{call}", {}).status_code == 503
    assert box.post(f"/api/service/{call}", {}).status_code == 200


def test_faults_wait_in_line_are_counted_and_can_be_taken_away(box: Box) -> None:
    arm(box, "status", status=500, times=2)
    arm(box, "status", status=503)
    assert [submit(box).status_code for _ in range(4)] == [500, 500, 503, 200]
    box.control("faults", {"kind": "ex"})
    assert [(fault["call"], fault["kind"], fault["commits"]) for fault in box.control("faults")] == [
        ("any", "ex", False)
    ]
    assert box.http.delete(f"{box.url}/_sandbox/faults", timeout=5).json() == {"removed": 1}
    assert submit(box).status_code == 200


@pytest.mark.parametrize(
    "wish", [{"kind": "magic"}, {"call": "fly", "kind": "ex"}, {"kind": "ex", "times": 0}, {"kind": "ex", "colour": 1}]
)
def test_a_fault_that_makes_no_sense_is_explained(box: Box, wish: dict[str, object]) -> None:
    assert box.control("faults", wish, status=400)["error"]
    assert box.control("faults") == []


def test_every_call_can_be_given_a_latency(box: Box) -> None:
    box.control("settings", {"latency_seconds": "0.3"})
    with pytest.raises(requests.exceptions.ReadTimeout):
        box.http.post(f"{box.url}/api/service/login", json={}, timeout=0.1)
