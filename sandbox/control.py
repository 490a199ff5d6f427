"""The controls for tests: JSON over HTTP below ``/_sandbox/``. docs/sandbox.md is their reference."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from sandbox import actions, faults, journey, report
from sandbox.api import Api
from sandbox.http_types import Reply, Request, json_reply
from sandbox.notifications import Delivery
from sandbox.wire import Refused

PREFIX = "/_sandbox/"
LARGEST_COUNT = 200_000


def answer(api: Api, request: Request) -> Reply:
    """400 for a wrong wish, 404 for what is not there, 409 for what cannot be now; ``{"error": sentence}``."""
    try:
        return json_reply(_route(api, request), indent=2)
    except journey.NotPossible as error:
        return json_reply({"error": str(error)}, 409)
    except LookupError as error:
        return json_reply({"error": str(error.args[0])}, 404)
    except Refused as error:
        return json_reply({"error": error.text}, 400)
    except ValueError as error:
        return json_reply({"error": str(error)}, 400)


def _route(api: Api, request: Request) -> object:
    """Raises what ``answer`` turns into a status."""
    name = request.path.removeprefix(PREFIX).rstrip("/")
    if name.startswith("waybills/"):
        return _waybill_route(api, request, name.removeprefix("waybills/"))
    route = ROUTES.get((request.method, name))
    if route is None:
        known = ", ".join(f"{method} {PREFIX}{path}" for method, path in ROUTES)
        raise LookupError(f"there is no {request.method} {request.path}; there are: {known}")
    return route(api, request)


def _waybill_route(api: Api, request: Request, rest: str) -> object:
    number, _, verb = rest.partition("/")
    if request.method == "GET" and not verb:
        return report.waybill(api.courier, number)
    if request.method != "POST" or verb not in VERBS:
        raise LookupError(f"POST to {PREFIX}waybills/<number>/ and one of {', '.join(VERBS)}")
    act(api, number, verb, request.json())
    return report.waybill(api.courier, number)


def act(api: Api, number: str, verb: str, wish: dict[str, object]) -> None:
    """One of VERBS on one shipment. Raises LookupError, NotPossible, Refused, ValueError."""
    courier = api.courier
    waybill_id = actions.waybill_id(courier, number)

    def text(name: str) -> str:
        return str(wish.get(name) or "").strip()

    if verb == "step":
        journey.step(courier, waybill_id)
    elif verb == "deliver":
        journey.deliver(courier, waybill_id, signee=text("signee"), signed=_truth(wish.get("signed", True)))
    elif verb == "fail":
        journey.fail(courier, waybill_id, reason=text("reason"), comment=text("comment"))
    elif verb == "reweigh":
        actions.reweigh(courier, number, wish)
    elif verb == "note":
        note: dict[str, object] = {"text": text("text") or "Customer will phone when home"}
        journey.tell(courier, waybill_id, "note", note, user=text("posted_by"))
    elif verb == "event":
        if not text("description"):
            raise ValueError("description is needed")
        journey.say(courier, waybill_id, text("description"))


VERBS = ("step", "deliver", "fail", "reweigh", "note", "event")


def _state(api: Api, request: Request) -> object:
    query = request.query()
    return report.state(
        api,
        secrets=_truth(query.get("secrets", False)),
        calls_after=_whole(query, "calls_after"),
        waybills=_truth(query.get("waybills", True)),
    )


def _calls(api: Api, request: Request) -> object:
    query = request.query()
    return report.calls(api.courier.store, after=_whole(query, "after"), operation=query.get("operation", ""))


def _reset(api: Api, request: Request) -> object:
    api.courier.reset(keep_tokens=_truth(request.json().get("keep_tokens", False)))
    api.busy.peaks.clear()
    return {"reset": True}


def _arm(api: Api, request: Request) -> object:
    return faults.arm(api.courier.store, request.json()).facts()


def _armed(api: Api, _request: Request) -> object:
    return [fault.facts() for fault in faults.armed(api.courier.store)]


def _settings(api: Api, request: Request) -> object:
    if request.method == "POST":
        with api.courier.store.writing():
            api.courier.settings.change(request.json())
    return api.courier.settings.all()


def _clock(api: Api, request: Request) -> object:
    wish = request.json() if request.method == "POST" else {}
    if wish:
        speed = wish.get("speed")
        change_clock(api, None if speed is None else str(speed), str(wish.get("advance_seconds") or 0))
    return report.clock(api.courier)


def change_clock(api: Api, speed: str | None, advance_seconds: str) -> None:
    """Raises ValueError."""
    try:
        new_speed, advance = None if speed is None else Decimal(speed), Decimal(advance_seconds)
    except InvalidOperation:
        raise ValueError("speed and advance_seconds are numbers") from None
    if not all(number.is_finite() and number < 10**9 for number in (new_speed or advance, advance)):
        raise ValueError("speed and advance_seconds are numbers of a sensible size")
    api.courier.clock.set(speed=None if new_speed is None else float(new_speed), advance_seconds=float(advance))
    with api.courier.store.writing():
        api.courier.keep_clock()
    api.courier.something_due.set()


def _foreign(api: Api, request: Request) -> object:
    return {"numbers": _plant(api, request.json(), account="")}


def _plant_own(api: Api, request: Request) -> object:
    wish = request.json()
    account = str(wish.get("account") or "")
    if not account:
        raise ValueError("account is needed")
    return {"numbers": _plant(api, wish, account=account)}


def _plant(api: Api, wish: dict[str, object], *, account: str) -> list[str]:
    references, count = wish.get("references") or [], _whole(wish, "count", 1)
    if not isinstance(references, list) or not 1 <= count <= LARGEST_COUNT:
        raise ValueError(f"references is a list, count is between 1 and {LARGEST_COUNT}")
    return actions.plant(
        api.courier,
        count=count,
        number=str(wish.get("number") or ""),
        senders_ref=str(wish.get("senders_ref") or ""),
        references=[str(reference) for reference in references],
        account=account,
    )


def _end_tokens(api: Api, request: Request) -> object:
    wish = request.json()
    ended = actions.end_identity_tokens(api.courier, str(wish.get("username") or ""), str(wish.get("kind") or ""))
    return {"ended": ended}


def _identity(api: Api, request: Request) -> object:
    wish = request.json()
    actions.change_identity(api.courier, str(wish.get("username") or ""), wish)
    return report.identities(api.courier.store, secrets=False)


def _account(api: Api, request: Request) -> object:
    wish = request.json()
    number = str(wish.get("number") or "")
    if not number:
        raise ValueError("number is needed")
    actions.assign_account(api.courier, number, str(wish.get("username") or ""), str(wish.get("name") or ""))
    return report.identities(api.courier.store, secrets=False)


def _webhooks(api: Api, request: Request) -> object:
    query, store = request.query(), api.courier.store
    return {
        "webhooks": report.webhooks(store, secrets=_truth(query.get("secrets", False))),
        "deliveries": report.deliveries(store, after=_whole(query, "after")),
    }


def _send(api: Api, request: Request) -> object:
    """Any notifications, to every active subscription, as often as wished, rightly signed or not."""
    wish = request.json()
    notifications = wish.get("notifications")
    if not isinstance(notifications, list) or not all(isinstance(item, dict) for item in notifications):
        raise ValueError("notifications is a list of objects")
    made = []
    for webhook in api.courier.store.rows("SELECT id FROM webhooks WHERE active"):
        for _ in range(_whole(wish, "copies", 1)):
            made.append(Delivery(webhook["id"], notifications, forged=_truth(wish.get("bad_signature", False))))
    for delivery in made:
        api.courier.outbox.put(delivery)
    return {"ids": [delivery.id for delivery in made]}


def _disarm(api: Api, _request: Request) -> object:
    return {"removed": faults.disarm(api.courier.store)}


def _whole(values: Mapping[str, object], name: str, default: int = 0) -> int:
    """Raises ValueError with a sentence."""
    text = str(values.get(name) or default)
    if not text.isdecimal() or len(text) > 18:
        raise ValueError(f"{name} is a whole number, not '{text}'")
    return int(text)


def _truth(value: object) -> bool:
    return str(value).lower() in ("true", "1", "on")


ROUTES: dict[tuple[str, str], Callable[[Api, Request], object]] = {
    ("GET", "state"): _state,
    ("GET", "calls"): _calls,
    ("POST", "reset"): _reset,
    ("GET", "faults"): _armed,
    ("POST", "faults"): _arm,
    ("DELETE", "faults"): _disarm,
    ("GET", "settings"): _settings,
    ("POST", "settings"): _settings,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _clock,
    ("POST", "foreign"): _foreign,
    ("POST", "plant"): _plant_own,
    ("POST", "tokens/end"): _end_tokens,
    ("POST", "identities"): _identity,
    ("POST", "accounts"): _account,
    ("GET", "webhooks"): _webhooks,
    ("POST", "webhooks/send"): _send,
}
