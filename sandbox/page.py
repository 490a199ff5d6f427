"""The page for people: what was booked, a hand on each shipment, the next fault, the clock and the settings."""

from pathlib import Path
from urllib.parse import urlencode

from sandbox import control, faults, journey
from sandbox.api import Api
from sandbox.http_types import NOT_FOUND, Reply, Request
from sandbox.page_html import render
from sandbox.settings import DEFAULTS
from sandbox.wire import Refused

STYLE_PATH = "/sandbox.css"
FORMS = "/_page/"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
DONE = {
    "step": "moved one step",
    "deliver": "was delivered",
    "fail": "could not be delivered",
    "reweigh": "was weighed again, a quarter heavier",
    "note": "got a note, which only webhooks tell",
}


def answer(api: Api, request: Request) -> Reply:
    if request.path == STYLE_PATH:
        return Reply(200, "text/css; charset=utf-8", Path(__file__).with_name("page.css").read_bytes())
    if request.path == "/" and request.method in ("GET", "HEAD"):
        query = request.query()
        html = render(api, search=query.get("q", ""), said=query.get("said", ""), wrong=query.get("wrong", ""))
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return Reply(200, "text/html; charset=utf-8", html.encode(), headers)
    if request.path.startswith(FORMS) and request.method == "POST":
        return _posted(api, request)
    return NOT_FOUND


def _posted(api: Api, request: Request) -> Reply:
    """Does what a form wishes and goes back to the page, which says what came of it."""
    fields, name = request.fields(), request.path.removeprefix(FORMS)
    if name not in ACTIONS:
        return NOT_FOUND
    back = {"q": fields.get("q", "")}
    try:
        back["said"] = ACTIONS[name](api, fields)
    except (journey.NotPossible, LookupError, Refused, ValueError) as error:
        back["wrong"] = str(error.args[0])
    query = urlencode({key: value for key, value in back.items() if value})
    target = f"/?{query}" + (f"#{fields['number']}" if fields.get("number") else "")
    return Reply(303, "", b"", {"Location": target})


def _waybill(api: Api, fields: dict[str, str]) -> str:
    number, verb, words = fields.get("number", ""), fields.get("verb", ""), fields.get("words", "")
    if verb not in DONE:
        raise ValueError("press one of the buttons")
    control.act(api, number, verb, {"signee": words, "reason": words, "text": words})
    return f"{number} {DONE[verb]}."


def _fault(api: Api, fields: dict[str, str]) -> str:
    wish = {name: fields[name] for name in ("call", "kind", "times", "seconds", "status", "text") if fields.get(name)}
    fault = faults.arm(api.courier.store, {**wish, "commit": "commit" in fields})
    return f"The next {fault.times} ({fault.call}): {faults.KINDS[fault.kind].says}."


def _no_faults(api: Api, _fields: dict[str, str]) -> str:
    return f"{faults.disarm(api.courier.store)} faults were taken away."


def _clock(api: Api, fields: dict[str, str]) -> str:
    control.change_clock(api, fields.get("speed") or None, fields.get("advance_seconds") or "0")
    return f"It is {api.courier.clock.sast():%d %b %Y %H:%M} at the courier."


def _settings(api: Api, fields: dict[str, str]) -> str:
    """A box that is not ticked is not sent: it means false."""
    wish: dict[str, object] = {}
    for name, default in DEFAULTS.items():
        if isinstance(default, bool):
            wish[name] = name in fields
        elif name in fields:
            wish[name] = fields[name]
    with api.courier.store.writing():
        api.courier.settings.change(wish)
    return "The settings are kept."


ACTIONS = {
    "waybill": _waybill,
    "fault": _fault,
    "no-faults": _no_faults,
    "clock": _clock,
    "settings": _settings,
}
