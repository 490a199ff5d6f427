"""The page's HTML: no script, no foreign address, one style sheet."""

import sqlite3
from decimal import Decimal
from html import escape

from sandbox import faults, report
from sandbox.api import Api
from sandbox.clock import as_sast
from sandbox.settings import CHOICES, DEFAULTS, SAYS
from sandbox.wire import loads_object

SHOWN = 50
FIRST_KIND = "cut_after"  # the most telling one, and harmless to this page
VERBS = (("step", "One step on"), ("deliver", "Deliver"), ("fail", "Fail delivery"), ("reweigh", "Re-weigh"),
         ("note", "Note"))  # fmt: skip


def render(api: Api, *, search: str, said: str, wrong: str) -> str:
    """The whole page; ``said`` and ``wrong`` are what came of the last form."""
    courier = api.courier
    message = f'<p class="said" role="status">{escape(said)}</p>' if said else ""
    message += f'<p class="said wrong" role="alert">Not done: {escape(wrong)}</p>' if wrong else ""
    now, speed = courier.clock.sast(), f"{courier.clock.speed:g}"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox courier</title><link rel="stylesheet" href="/sandbox.css"></head><body>
<header><h1>Sandbox courier</h1><span>{now:%a %d %b %Y %H:%M} at the courier, {speed} times real time</span>
<span class="soft">No parcel travels. For this machine only.</span>
<nav aria-label="This page"><a href="#fault">Next fault</a> <a href="#settings">Settings</a></nav></header>
<main>{message}
<section aria-labelledby="booked"><h2 id="booked">Booked</h2>
<form method="get" action="/"><label>Number, reference or receiver
<input type="search" name="q" value="{escape(search)}"></label><button>Search</button></form>
{_waybills(api, search)}</section>
<aside>{_faults(api)}{_clock(api)}{_identities(api)}{_settings(api)}</aside>
</main></body></html>"""


def _waybills(api: Api, search: str) -> str:
    store = api.courier.store
    pattern = "%" + search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = store.rows(
        "SELECT * FROM waybills WHERE number LIKE ?1 ESCAPE '\\' OR senders_ref LIKE ?1 ESCAPE '\\' OR"
        " json_extract(facts, '$.receiver') LIKE ?1 ESCAPE '\\' OR id IN (SELECT waybill_id FROM extra_references"
        " WHERE value LIKE ?1 ESCAPE '\\') ORDER BY id DESC LIMIT ?2",
        pattern, SHOWN + 1,
    )  # fmt: skip
    if not rows:
        return "<p>Nothing was found.</p>" if search.strip() else "<p>Nothing is booked yet.</p>"
    more = f'<p class="soft">Only the newest {SHOWN} are shown.</p>' if len(rows) > SHOWN else ""
    return more + "".join(_waybill(api, row, search) for row in rows[:SHOWN])


def _waybill(api: Api, row: sqlite3.Row, search: str) -> str:
    facts, number = loads_object(row["facts"]), escape(row["number"])
    events = api.courier.store.rows(
        "SELECT * FROM events WHERE waybill_id = ? AND step NOT IN ('note', 'update') ORDER BY due_at DESC, place DESC",
        row["id"],
    )
    now = api.courier.clock.now()
    happened = [event for event in events if event["due_at"] <= now]
    latest = _event(happened[0]) if happened else "Nothing has happened yet"
    history = "".join(
        f"<li>{_event(event)}</li>" if event["due_at"] <= now else f'<li class="later">planned: {_event(event)}</li>'
        for event in events
    )
    buttons = "".join(f'<button name="verb" value="{verb}">{text}</button>' for verb, text in VERBS)
    price = facts["price"]
    total = price["total"] if isinstance(price, dict) else ""
    parcels = facts["parcels"]
    pieces = len(parcels) if isinstance(parcels, list) else 0
    notes = [f"booked {as_sast(row['booked_at']):%d %b %H:%M}", f"account {escape(row['account'])}", f"R {total}"]
    notes += ["another customer's"] if row["is_foreign"] else []
    notes += [f"booked {row['times_booked']} times"] if row["times_booked"] > 1 else []
    notes += ["re-weighed"] if facts.get("reweighed") else []
    reference = f" · ref {escape(row['senders_ref'])}" if row["senders_ref"] else ""
    return f"""<article id="{number}"><div class="top"><h3>{number}</h3>
<span>{escape(str(facts["service"]))} {facts["origin_hub"]}–{facts["destination_hub"]}, {pieces} pc</span></div>
<p>To {escape(str(facts["receiver"]))}{reference}</p><p>{latest}</p><p class="soft">{", ".join(notes)}</p>
<form method="post" action="/_page/waybill"><input type="hidden" name="number" value="{number}">
<input type="hidden" name="q" value="{escape(search)}">
<label>Signee, reason or note<input name="words" maxlength="80" autocomplete="off"></label>{buttons}</form>
<details><summary>All events</summary><ol reversed>{history}</ol></details></article>"""


def _event(row: sqlite3.Row) -> str:
    return f"{as_sast(row['due_at']):%d %b %H:%M} {escape(row['description'])}"


def _faults(api: Api) -> str:
    armed = faults.armed(api.courier.store)
    items = "".join(
        f"<li>{escape(fault.call)}, {fault.times} ×: {escape(faults.KINDS[fault.kind].says)}</li>" for fault in armed
    )
    waiting = f"<ul>{items}</ul>" if items else '<p class="soft">None waits.</p>'
    remove = '<form method="post" action="/_page/no-faults"><button>Take all away</button></form>' if armed else ""
    calls = "".join(f"<option>{call}</option>" for call in dict.fromkeys(("submit", "any", *faults.CALLS)))
    kinds = "".join(
        f'<option value="{kind.name}"{" selected" if kind.name == FIRST_KIND else ""}>{kind.name}:'
        f" {escape(kind.says)}</option>"
        for kind in faults.KINDS.values()
    )
    return f"""<section><h2 id="fault">Next fault</h2>{waiting}{remove}
<form method="post" action="/_page/fault"><label>Call<select name="call">{calls}</select></label>
<label>Times<input name="times" type="number" min="1" value="1"></label>
<label class="wide">What goes wrong<select name="kind">{kinds}</select></label>
<label>Seconds<input name="seconds" inputmode="decimal"></label>
<label>Status<input name="status" type="number" min="200" max="599" value="500"></label>
<label>Words<input name="text"></label>
<label class="check"><input type="checkbox" name="commit" value="true">status and html: carry the call out first</label>
<button class="main">Arm</button></form></section>"""


def _clock(api: Api) -> str:
    speed = f"{api.courier.clock.speed:g}"
    return f"""<section><h2>Clock</h2>
<form method="post" action="/_page/clock"><label>Times real time
<input name="speed" inputmode="decimal" value="{speed}"></label><button>Set speed</button></form>
<form method="post" action="/_page/clock"><button name="advance_seconds" value="3600">An hour on</button>
<button name="advance_seconds" value="86400">A day on</button></form></section>"""


def _identities(api: Api) -> str:
    store = api.courier.store
    items = []
    for identity in report.identities(store, secrets=False):
        accounts = identity["accounts"]
        numbers = ", ".join(accounts) if isinstance(accounts, list) else ""
        items.append(f"<dt>{escape(str(identity['username']))}</dt><dd>{escape(numbers)}</dd>")
    counters = ", ".join(f"{name} {count}" for name, count in report.counters(store).items() if count)
    return f"""<section><h2>Identities and their accounts</h2><dl>{"".join(items)}</dl>
<p class="soft">Calls so far: {counters or "none"}</p></section>"""


def _settings(api: Api) -> str:
    values = api.courier.settings.all()
    fields = []
    for name, default in DEFAULTS.items():
        value, says = values[name], escape(SAYS[name])
        if isinstance(default, bool):
            ticked = " checked" if value else ""
            fields.append(f'<label class="check"><input type="checkbox" name="{name}"{ticked}>{says}</label>')
        elif name in CHOICES:
            options = "".join(
                f"<option{' selected' if choice == value else ''}>{choice}</option>" for choice in CHOICES[name]
            )
            fields.append(f'<label class="wide">{says}<select name="{name}">{options}</select></label>')
        else:
            mode = ' inputmode="decimal"' if isinstance(default, (int, Decimal)) else ""
            fields.append(f'<label class="wide">{says}<input name="{name}" value="{escape(str(value))}"{mode}></label>')
    return f"""<section><h2 id="settings">Settings</h2>
<details><summary>How it behaves where the documentation is silent</summary>
<form method="post" action="/_page/settings">{"".join(fields)}<button class="main">Keep</button></form>
</details></section>"""
