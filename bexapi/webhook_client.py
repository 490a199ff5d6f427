"""Administration of webhooks: registering, activating, unsubscribing. Another host and another key than the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bexapi.answer import Answer
from bexapi.calling import Caller, Gate, Told, check_header_value, secret_of
from bexapi.clock import Deadline, Timeouts
from bexapi.redaction import Secret
from bexapi.seam import Transport
from bexapi.webhooks import LONGEST_SECRET, SHORTEST_SECRET
from bexapi.wire import dumps

FILTERS = ("tracking_event", "pod", "attempted_delivery", "waybill_update", "waybill_note")
"""What can be subscribed to; none named is all of them."""
KEY_HEADER = "X-InsightWebHooks-Auth"
REGISTER_PATH = "/api/webhooks/registrations"
ACTIVATE_PATH = "/api/ActivateWebHook"
UNSUBSCRIBE_PATH = "/api/UnsubscribeWebHook"
# The library behind it answers these before it stores anything: the address did not echo, a filter is unknown …
_REFUSING = frozenset({400, 409, 422})


@dataclass(frozen=True)
class Registration:
    """What BEX answered. ``webhook_id``: its id of the registration, '' where it names none."""

    webhook_id: str
    raw: str = field(repr=False)


@dataclass(frozen=True)
class Acknowledged:
    """A 2xx to a call that has no result."""

    raw: str = field(repr=False)


class WebhookClient(Caller):
    """One webhook API key at BEX's webhook service.

    ``base_url``: https, or http for loopback hosts. ``key``: issued by BEX; a secret. The rest is as for BexClient, and
    so are the errors. Any 2xx is success, whatever its body says, but for a refusal in ``ex`` and a page in HTML.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        transport: Transport | None = None,
        on_call: Told | None = None,
        gate: Gate | None = None,
    ) -> None:
        secret = secret_of(key)
        del key  # tracebacks that show variables shall not show it
        if secret is None:
            raise ValueError("webhooks are administered with a key, and it is empty")
        check_header_value(secret, "a webhook key")
        self._key = secret
        super().__init__(base_url, known=[secret], timeouts=timeouts, transport=transport, on_call=on_call, gate=gate)

    def register_webhook(
        self,
        uri: str,
        *,
        secret: str,
        description: str = "",
        filters: Sequence[str] = (),
        deadline: Deadline | None = None,
    ) -> Registration:
        """A new subscription, idle until it is activated. ``secret``: 32 to 64 characters.

        While this runs, BEX asks ``GET uri?echo=…`` and wants that text back (``bexapi.webhooks.echo_answer``). The
        same URI twice makes two subscriptions: after BexOutcomeUnknown do not register again without having looked.
        """
        known = Secret(secret)
        del secret
        if not SHORTEST_SECRET <= len(known.reveal()) <= LONGEST_SECRET:
            raise ValueError(f"a webhook's secret has {SHORTEST_SECRET} to {LONGEST_SECRET} characters")
        if isinstance(filters, str) or not set(filters) <= set(FILTERS):
            raise ValueError(f"filters are among {', '.join(FILTERS)}")
        if "?" in uri or "#" in uri:
            raise ValueError("the echo replaces the query: what tells one URI from another stands in its path")
        wire = {
            "WebHookUri": uri, "Secret": known.reveal(), "Description": description, "Filters": list(filters),
        }  # fmt: skip
        body = Secret(dumps(wire))
        del wire
        header = KEY_HEADER, self._key
        return self._call(
            "register_webhook", REGISTER_PATH, body, _registration, header=header, deadline=deadline,
            secrets=[known], refusing=_REFUSING,
        )  # fmt: skip

    def activate_webhook(self, *, deadline: Deadline | None = None) -> Acknowledged:
        """Deliveries begin. It names no registration: those of the key are meant."""
        return self._about_the_key("activate_webhook", ACTIVATE_PATH, deadline)

    def unsubscribe_webhook(self, *, deadline: Deadline | None = None) -> Acknowledged:
        """Ends the subscription; it names none, so it may end every one of the key. Safe to repeat."""
        return self._about_the_key("unsubscribe_webhook", UNSUBSCRIBE_PATH, deadline)

    def _about_the_key(self, operation: str, path: str, deadline: Deadline | None) -> Acknowledged:
        body = Secret(dumps({"webHookKey": self._key.reveal()}))
        return self._call(
            operation, path, body, _acknowledged, header=(KEY_HEADER, self._key), deadline=deadline, refusing=_REFUSING
        )


def _registration(answer: Answer) -> Registration | None:
    webhook_id = answer.base.text("Id", "WebHookId") if answer.base else ""
    if (answer.ex and not webhook_id) or _is_page(answer):
        return None
    return Registration(webhook_id=webhook_id, raw=answer.raw.text)


def _acknowledged(answer: Answer) -> Acknowledged | None:
    return None if answer.ex or _is_page(answer) else Acknowledged(raw=answer.raw.text)


def _is_page(answer: Answer) -> bool:
    """Whoever answers in HTML is not the service: a proxy's page, a maintenance notice."""
    return answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
