"""Webhook administration as Microsoft ASP.NET WebHooks does it: register with an echo, activate, unsubscribe."""

import http.client
import secrets
import uuid
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, urlsplit

from sandbox.http_types import Reply, Request, json_reply
from sandbox.wire import dumps

if TYPE_CHECKING:
    from sandbox.courier import Courier

KEY_HEADER = "x-insightwebhooks-auth"
FILTERS = ("tracking_event", "pod", "attempted_delivery", "waybill_update", "waybill_note")
ECHO_SECONDS = 10.0


def register(courier: "Courier", request: Request) -> Reply:
    """A new subscription, idle until it is activated; the same URI twice makes two. Holds no lock while it echoes."""
    key = request.headers.get(KEY_HEADER, "")
    if not _is_key(courier, key):
        return _message("Authorization has been denied for this request.", 401)
    try:
        body = {name.lower(): value for name, value in request.json().items()}
    except ValueError:
        return _message("The request body could not be read as a WebHook.", 400)
    uri, secret = str(body.get("webhookuri") or ""), str(body.get("secret") or "")
    filters = body.get("filters") or []
    if not isinstance(filters, list) or not set(filters) <= set(FILTERS):
        return _message(f"The filters are not valid. Valid filters are: {', '.join(FILTERS)}.", 400)
    if not 32 <= len(secret) <= 64:
        return _message("The WebHook secret key parameter must be between 32 and 64 characters long.", 400)
    problem = verify(uri)
    if problem:
        return _message(f"WebHook verification failed. {problem}", 400)
    webhook_id, description = uuid.uuid4().hex, str(body.get("description") or "")
    with courier.store.writing(durable=True):
        courier.store.run(
            "INSERT INTO webhooks (id, key, uri, secret, description, filters) VALUES (?, ?, ?, ?, ?, ?)",
            webhook_id, key, uri, secret, description, dumps(filters),
        )  # fmt: skip
    answer = {
        "Id": webhook_id,
        "WebHookUri": uri,
        "Secret": secret,
        "Description": description,
        "IsPaused": False,
        "Filters": filters,
        "Headers": {},
        "Properties": {},
    }
    return json_reply(answer, int(courier.settings.number("registration_status")))


def activate(courier: "Courier", request: Request) -> Reply:
    """Deliveries begin for every registration under the key."""
    key = _key_in_body(courier, request)
    if key is None:
        return _message("The WebHook key is not valid.", 400)
    with courier.store.writing(durable=True):
        count = courier.store.run("UPDATE webhooks SET active = 1 WHERE key = ?", key)
    if not count:
        return _message("No WebHook is registered for this key.", 404)
    return _message("The WebHook has been activated.", 200)


def unsubscribe(courier: "Courier", request: Request) -> Reply:
    """Ends every registration under the key: the call names none."""
    key = _key_in_body(courier, request)
    if key is None:
        return _message("The WebHook key is not valid.", 400)
    with courier.store.writing(durable=True):
        courier.store.run("DELETE FROM webhooks WHERE key = ?", key)
    return _message("The WebHook has been unsubscribed.", 200)


def verify(uri: str) -> str:
    """The echo handshake; returns what is wrong, or "". A URI with ``noecho`` in its query gets none."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"The WebHook URI '{uri[:200]}' must be an absolute URI with a scheme of 'http' or 'https'."
    if "noecho" in parse_qs(parts.query, keep_blank_values=True):
        return ""
    echo = secrets.token_hex(16)
    connection = connect(parts, ECHO_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}?echo={echo}")
        response = connection.getresponse()
        body = response.read(1000)
    except (OSError, http.client.HTTPException) as error:
        return f"The URI could not be reached ({type(error).__name__})."
    finally:
        connection.close()
    if not 200 <= response.status < 300:
        return f"The URI answered the echo request with status {response.status}."
    if body != echo.encode():
        return "The URI did not return the value of the echo parameter as its whole body in plain text."
    return ""


def connect(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    """Not yet open; ``seconds`` bounds each wait."""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=seconds)


def _is_key(courier: "Courier", key: str) -> bool:
    return courier.store.row("SELECT 1 FROM identities WHERE webhook_key = ?", key) is not None


def _key_in_body(courier: "Courier", request: Request) -> str | None:
    try:
        body = {name.lower(): value for name, value in request.json().items()}
    except ValueError:
        return None
    key = str(body.get("webhookkey") or "")
    return key if _is_key(courier, key) else None


def _message(text: str, status: int) -> Reply:
    return json_reply({"Message": text}, status)


OPERATIONS = {"register": register, "activate": activate, "unsubscribe": unsubscribe}
