"""The page for people, and who may use it."""

import http.client
import re
from urllib.parse import urlsplit

import pytest

from tests.sandbox.harness import Box, waybill


def page(box: Box, **query: str) -> str:
    answer = box.http.get(box.url, params=query, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    return answer.text


def press(box: Box, form: str, **fields: str) -> str:
    """The page that one is sent back to."""
    answer = box.http.post(f"{box.url}/_page/{form}", data=fields, timeout=5)
    assert [step.status_code for step in answer.history] == [303]
    return answer.text


def test_it_begins_empty(box: Box) -> None:
    assert "Nothing is booked yet." in page(box)


def test_what_was_booked_stands_newest_first_and_can_be_searched(box: Box) -> None:
    first, second = box.book(), box.book(sendersRef="B_2", receiverContactName="Anna Venter")
    shown = re.findall(r'<article id="(\w+)"', page(box))
    assert shown == [second, first]
    for words in ("B_2", "venter", second):
        assert re.findall(r'<article id="(\w+)"', page(box, q=words)) == [second]
    assert "Nothing was found." in page(box, q="B%2")


def test_what_came_from_outside_is_escaped(box: Box) -> None:
    box.book(sendersRef="<script>alert(1)</script>", receiverContactName='"><b>x')
    assert "<script" not in page(box)
    assert "<b>" not in page(box, q="<b>", said="<b>")


def test_buttons_move_a_parcel(box: Box) -> None:
    number = box.book()
    assert f"{number} moved one step." in press(box, "waybill", number=number, verb="step")
    assert "Delivery attempt failed because gate locked" in press(
        box, "waybill", number=number, verb="fail", words="gate locked"
    )
    assert "re-weighed" in press(box, "waybill", number=number, verb="reweigh")
    assert "got a note" in press(box, "waybill", number=number, verb="note", words="hello")
    assert "Delivered to L. NAIDOO" in press(box, "waybill", number=number, verb="deliver", words="L. Naidoo")
    assert "Not done: the shipment is delivered already" in press(box, "waybill", number=number, verb="deliver")
    assert "Not done: press one of the buttons" in press(box, "waybill", number=number, verb="burn")


def test_the_next_fault_is_chosen_and_taken_away(box: Box) -> None:
    fields = {"call": "submit", "kind": "status", "times": "2", "seconds": "", "status": "503", "text": "Closed"}
    assert "submit, 2 ×" in press(box, "fault", **fields)
    (fault,) = box.control("faults")
    assert (fault["status"], fault["text"], fault["commits"]) == (503, "Closed", False)
    assert "None waits." in press(box, "no-faults")


def test_clock_and_settings(box: Box) -> None:
    press(box, "clock", speed="600")
    press(box, "clock", advance_seconds="86400")
    clock = box.control("clock")
    assert clock["speed"] == 600
    assert clock["ahead_seconds"] >= 86400
    assert "Not done:" in press(box, "clock", speed="fast")
    press(box, "settings", login_mode="second", fuel_percent="30", shuffle_columns="on")
    settings = box.control("settings")
    assert (settings["login_mode"], settings["fuel_percent"], settings["shuffle_columns"]) == ("second", 30, True)
    assert settings["search_additional_references"] is False
    assert "Not done:" in press(box, "settings", login_mode="never")


def test_another_site_may_not_press_its_buttons(box: Box) -> None:
    box.book()
    for path in ("/_page/no-faults", "/_sandbox/reset"):
        answer = box.http.post(box.url + path, headers={"Origin": "https://evil.example"}, timeout=5)
        assert answer.status_code == 403
    own = box.http.post(f"{box.url}/_sandbox/faults", json={"kind": "ex"}, headers={"Origin": box.url}, timeout=5)
    assert own.status_code == 200
    assert len(box.waybills()) == 1


@pytest.mark.parametrize(
    ("path", "wish", "words"),
    [
        ("settings", {"latency_seconds": "NaN"}, "latency_seconds is a number from 0 to 600, not 'NaN'"),
        ("settings", {"tracking_delay_seconds": -1}, "tracking_delay_seconds is a number from 0 to 1000000, not '-1'"),
        ("settings", {"quote_now": "noon"}, "quote_now is a time such as 2026-11-27 08:00:00, not 'noon'"),
        ("settings", {"colour": 1}, "there is no setting 'colour'"),
        ("clock", {"speed": "NaN"}, "speed and advance_seconds are numbers of a sensible size"),
        ("plant", {"account": "316085", "count": "many"}, "count is a whole number, not 'many'"),
        ("calls?after=x", None, "after is a whole number, not 'x'"),
    ],
)
def test_a_wrong_wish_is_explained_and_changes_nothing(
    box: Box, path: str, wish: dict[str, object] | None, words: str
) -> None:
    before = box.control("settings")
    assert words in box.control(path, wish, status=400)["error"]
    assert box.control("settings") == before
    assert box.waybills() == []


def test_an_unknown_path_is_a_real_404(box: Box) -> None:
    for path in ("/api/service/nothing", "/nothing", "/_page/nothing"):
        answer = box.post(path, {})
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "there are: GET /_sandbox/state" in box.control("nothing", status=404)["error"]


def test_a_connection_is_kept_for_the_next_call(box: Box) -> None:
    connection = http.client.HTTPConnection(urlsplit(box.url).netloc, timeout=5)
    sockets = set()
    for path in ("/api/service/submitwaybillv4", "/nothing", "/api/service/login"):
        connection.request("POST", path, b"{}")
        connection.getresponse().read()
        sockets.add(id(connection.sock))
    assert len(sockets) == 1
    assert connection.sock is not None
    connection.close()


def test_an_expectation_of_100_continue_is_met(box: Box) -> None:
    headers = {"Expect": "100-continue", "token": box.login()}
    answer = box.http.post(f"{box.url}/api/service/submitwaybillv4", json=waybill(), headers=headers, timeout=5)
    assert answer.json()["items"]


def test_calls_are_listed_in_order_without_secrets(box: Box) -> None:
    token = box.login()
    box.book()
    calls = box.control("calls")
    assert [call["operation"] for call in calls] == ["login", "login", "submit"]
    assert calls[0]["payload"]["password"] == "***"
    assert calls[2]["payload"]["sendersRef"] == "PO-77"
    assert token not in str(calls)
    assert [call["seq"] for call in box.control("calls?after=1&operation=login")] == [2]
