"""How the courier behaves where the documentation is silent: each open question is a switch."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sandbox.store import Store

Value = str | bool | int | Decimal

DEFAULTS: dict[str, Value] = {
    "login_mode": "same",
    "duplicate_numbers": "refuse",
    "search_additional_references": True,
    "honour_add_ons": True,
    "price_drift_percent": Decimal(0),
    "fuel_percent": Decimal("31.5"),
    "tracking_delay_seconds": Decimal(0),
    "shuffle_columns": False,
    "latency_seconds": Decimal(0),
    "refuse_past_dates": True,
    "quote_now": "",
    "registration_status": 200,
    "webhook_wording": "tracking",
    "webhook_copies": 1,
    "webhook_shuffle": False,
    "webhook_paused": False,
}
RANGES = {"price_drift_percent": (-90, 1000), "latency_seconds": (0, 600), "webhook_copies": (0, 100)}
CHOICES: dict[str, tuple[Value, ...]] = {
    "login_mode": ("same", "second", "replace"),
    "duplicate_numbers": ("refuse", "overwrite"),
    "registration_status": (200, 201),
    "webhook_wording": ("tracking", "webhook"),
}
SAYS: dict[str, str] = {
    "login_mode": "A new log-in gives the same token, a second valid one, or replaces the old one",
    "duplicate_numbers": "An own waybill number that exists already",
    "search_additional_references": "Tracking also finds what was sent in additionalReferences",
    "honour_add_ons": "Surcharges asked for in additionalSurcharges come back in the price",
    "price_drift_percent": "Booked base rate against the quoted one, in percent",
    "fuel_percent": "Fuel surcharge on the base rate, in percent",
    "tracking_delay_seconds": "An event is seen this much later than it happens (sandbox seconds)",
    "shuffle_columns": "Tracking columns in another order each time",
    "latency_seconds": "Every API call takes at least this long (real seconds)",
    "refuse_past_dates": "A dispatch or waybill date before today is refused",
    "quote_now": "The time at which the courier quotes, YYYY-MM-DD HH:MM:SS; empty: real time",
    "registration_status": "HTTP status of a webhook registration that succeeded",
    "webhook_wording": "Descriptions in tracking_event: as in tracking, or as in the webhook chapter",
    "webhook_copies": "Each notification is sent this many times, under different Ids",
    "webhook_shuffle": "Notifications that are due together leave in a random order",
    "webhook_paused": "Webhook deliveries wait",
}


class Settings:
    """Reads like a mapping; every change is checked and kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = store.get("settings", {})
        self._values = dict(DEFAULTS)
        if isinstance(kept, dict):
            self._values |= {name: clean(name, value) for name, value in kept.items() if name in DEFAULTS}

    def text(self, name: str) -> str:
        return str(self._values[name])

    def flag(self, name: str) -> bool:
        return bool(self._values[name])

    def number(self, name: str) -> Decimal:
        return Decimal(self._values[name])

    def all(self) -> dict[str, Value]:
        return dict(self._values)

    def change(self, values: Mapping[str, object]) -> None:
        """Raises ValueError and changes nothing when a name or a value is wrong."""
        changed = {name: clean(name, value) for name, value in values.items()}
        self._values = self._values | changed
        self._store.put("settings", self._values)

    def reset(self) -> None:
        self._values = dict(DEFAULTS)
        self._store.put("settings", self._values)


def clean(name: str, value: object) -> Value:
    """The value in its own type. Raises ValueError."""
    if name not in DEFAULTS:
        raise ValueError(f"there is no setting '{name}'; there are: {', '.join(DEFAULTS)}")
    default, text = DEFAULTS[name], str(value).strip()
    result: Value
    if isinstance(default, bool):
        if text.lower() not in ("true", "false", "1", "0", "on", "off"):
            raise ValueError(f"{name} is true or false, not '{text}'")
        result = text.lower() in ("true", "1", "on")
    elif isinstance(default, str):
        result = text
    else:
        try:
            result = type(default)(text)
        except (ValueError, InvalidOperation):
            raise ValueError(f"{name} is a number, not '{text}'") from None
        least, most = RANGES.get(name, (0, 1_000_000))
        if not Decimal(result).is_finite() or not least <= result <= most:
            raise ValueError(f"{name} is a number from {least} to {most}, not '{text}'")
    if name in CHOICES and result not in CHOICES[name]:
        raise ValueError(f"{name} is one of {', '.join(map(str, CHOICES[name]))}, not '{text}'")
    if name == "quote_now" and text:
        try:
            datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
        except ValueError:
            raise ValueError(f"quote_now is a time such as 2026-11-27 08:00:00, not '{text}'") from None
    return result
