"""Deliveries and notifications as a page shows them to an admin."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from bexapi.wire import decode
from tracking.models import Delivery, Notification
from tracking.webhooks.forms import KINDS

MOST_SHOWN = 20_000
"""Characters of a body."""


@dataclass(frozen=True)
class Line:
    """One notification: its kind in words, and what it says in BEX's."""

    notification: Notification
    kind: str
    says: str

    @property
    def is_for_a_person(self) -> bool:
        return self.notification.state in {Notification.State.WAITING, Notification.State.POISONED}


def lines(notifications: Iterable[Notification]) -> list[Line]:
    return [Line(one, KINDS.get(one.kind, one.kind or "No kind"), _says(one)) for one in notifications]


def _says(notification: Notification) -> str:
    """Its attributes, but for the two that stand in columns of their own."""
    try:
        told = json.loads(notification.content)
    except ValueError:
        return notification.content[:300]
    if not isinstance(told, dict):
        return notification.content[:300]
    apart = {"action", "waybillnumber"}
    parts = [
        f"{name} {value}" for name, value in told.items() if name.casefold() not in apart and value not in ("", None)
    ]
    return ", ".join(parts)[:300]


def body_in_words(delivery: Delivery) -> str:
    """The bytes as text, as far as they are shown."""
    text = decode(bytes(delivery.body)).replace("\r\n", "\n")
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + " …"
