"""Faults on demand: what may go wrong between a call and its answer, and whether the courier committed before."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sandbox.store import Store
from sandbox.wire import dumps, loads

CALLS = ("login", "quote", "submit", "track", "ewaybill", "labels", "register", "activate", "unsubscribe")


@dataclass(frozen=True)
class Kind:
    """``commits``: whether the call is carried out before it goes wrong; None: the fault's own ``commit`` says."""

    name: str
    commits: bool | None
    says: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "cut_connect",
            False,
            "The connection is reset as soon as it is accepted (any call, this page and the controls too)",
        ),
        Kind("cut_before", False, "The connection is reset, nothing was done"),
        Kind("cut_after", True, "Done, then the connection is reset"),
        Kind("cut_body", True, "Done, half of the promised body is sent, then the connection is reset"),
        Kind("hang_before", False, "Nothing is done and nothing is answered"),
        Kind("hang_after", True, "Done, and nothing is answered"),
        Kind("slow", True, "Done at once, answered after some seconds"),
        Kind("drip", True, "Done, answered one byte at a time"),
        Kind("status", None, "A real HTTP status (500, 429 with Retry-After, 302 …)"),
        Kind("html", None, "HTTP 200 with an HTML page"),
        Kind("truncated", True, "Done, HTTP 200 with the first half of the answer and a fitting length"),
        Kind("empty", True, "Done, HTTP 200 without a body"),
        Kind("nothing", True, "Done, HTTP 200 with a JSON object that holds neither ex nor a result"),
        Kind("ex", False, "Refused in ex, nothing was done"),
        Kind("ex_after_commit", True, "Done, and refused in ex all the same"),
        Kind("ex_beside", True, "Done, with a warning in ex beside the result"),
        Kind("ended_token", False, "The identity's tokens of this kind end; the call is refused"),
        Kind("changed_token", True, "Done; then the token is replaced by a new one and the old one ended"),
    )
}
FOREVER_SECONDS = 600.0


@dataclass(frozen=True)
class Fault:
    """One fault, armed for a number of calls."""

    id: int
    call: str
    kind: str
    times: int
    seconds: float | None = None
    status: int = 500
    text: str = ""
    retry_after: int = 2
    location: str = "/error.html"
    commit: bool = False

    @property
    def commits(self) -> bool:
        fixed = KINDS[self.kind].commits
        return self.commit if fixed is None else fixed

    def facts(self) -> dict[str, object]:
        return {
            "id": self.id,
            "call": self.call,
            "kind": self.kind,
            "times": self.times,
            "seconds": None if self.seconds is None else Decimal(str(self.seconds)),
            "status": self.status,
            "text": self.text,
            "retry_after": self.retry_after,
            "location": self.location,
            "commits": self.commits,
            "says": KINDS[self.kind].says,
        }


def arm(store: Store, wish: Mapping[str, object]) -> Fault:
    """Keeps a fault for the next calls. Raises ValueError with a sentence."""
    unknown = set(wish) - {"call", "kind", "times", "seconds", "status", "text", "retry_after", "location", "commit"}
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    call, kind = str(wish.get("call", "any")), str(wish.get("kind", ""))
    if call not in (*CALLS, "any"):
        raise ValueError(f"call is one of any, {', '.join(CALLS)}, not '{call}'")
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, not '{kind}'")
    times = int(_number(wish, "times", 1))
    if times < 1:
        raise ValueError("times is at least 1")
    status = int(_number(wish, "status", 500))
    if not 200 <= status <= 599:
        raise ValueError("status is between 200 and 599")
    options: dict[str, object] = {
        "seconds": None if wish.get("seconds") is None else str(_number(wish, "seconds", 0)),
        "status": status,
        "text": str(wish.get("text") or ""),
        "retry_after": int(_number(wish, "retry_after", 2)),
        "location": str(wish.get("location") or "/error.html"),
        "commit": str(wish.get("commit", False)).lower() == "true",
    }
    with store.writing():
        number = store.insert(
            "INSERT INTO faults (call, kind, times, options) VALUES (?, ?, ?, ?)", call, kind, times, dumps(options)
        )
    return _fault(number, call, kind, times, dumps(options))


def _number(wish: Mapping[str, object], name: str, default: int) -> Decimal:
    value = wish.get(name)
    try:
        number = Decimal(str(default if value is None else value))
    except InvalidOperation:
        raise ValueError(f"{name} is a number, not '{value}'") from None
    if not 0 <= number <= 1_000_000:
        raise ValueError(f"{name} is a number from 0, not '{value}'")
    return number


def armed(store: Store) -> list[Fault]:
    rows = store.rows("SELECT * FROM faults ORDER BY id")
    return [_fault(row["id"], row["call"], row["kind"], row["times"], row["options"]) for row in rows]


def take(store: Store, call: str) -> Fault | None:
    """The oldest fault that waits for this call; ``connect`` takes only what cuts at accept. One use less is left."""
    wanted = "kind = 'cut_connect'" if call == "connect" else "kind <> 'cut_connect' AND call IN (?, 'any')"
    values = () if call == "connect" else (call,)
    if store.row(f"SELECT 1 FROM faults WHERE {wanted}", *values) is None:
        return None
    with store.writing():
        row = store.row(f"SELECT * FROM faults WHERE {wanted} ORDER BY id", *values)
        if row is None:
            return None
        store.run("UPDATE faults SET times = times - 1 WHERE id = ?", row["id"])
        store.run("DELETE FROM faults WHERE id = ? AND times < 1", row["id"])
    return _fault(row["id"], row["call"], row["kind"], row["times"], row["options"])


def disarm(store: Store) -> int:
    with store.writing():
        return store.run("DELETE FROM faults")


def _fault(number: int, call: str, kind: str, times: int, options: str) -> Fault:
    kept = loads(options)
    values = kept if isinstance(kept, dict) else {}
    seconds = values.pop("seconds", None)
    return Fault(number, call, kind, times, seconds=None if seconds is None else float(seconds), **values)
