"""Whether our own address answers an echo as BEX wants it: found out before BEX is asked."""

import secrets
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests
from django.conf import settings

from tracking.models import Subscription

SECONDS = 5
SLOW = "is the portal run with a single worker, or does a firewall drop it?"


class NotReachable(Exception):
    """BEX could not reach us. `reason` says why; `may_insist`: this machine may be mistaken, for it is not BEX."""

    def __init__(self, reason: str, *, may_insist: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_insist = may_insist


def uri_of(subscription: Subscription) -> str:
    """Where BEX is to send, by PUBLIC_URL as it is now."""
    return f"{settings.PUBLIC_URL}{subscription.path}"


def refuse_bad_address() -> None:
    """Raises NotReachable where PUBLIC_URL is not HTTPS; plain HTTP is for this machine alone."""
    parts = urlsplit(settings.PUBLIC_URL)
    host = parts.hostname or ""
    if parts.scheme != "https" and not _is_loopback(host):
        raise NotReachable(
            f"PUBLIC_URL is {settings.PUBLIC_URL}: BEX would send by plain http, which anybody on the way could read. "
            "Put TLS in front and write PUBLIC_URL=https://…",
            may_insist=False,
        )
    if _is_loopback(host) and not _is_loopback(urlsplit(settings.BEX_WEBHOOK_URL).hostname or ""):
        raise NotReachable(
            f"PUBLIC_URL is {settings.PUBLIC_URL}, which is this machine: BEX cannot reach it. Write the address under "
            "which the portal is known outside.",
            may_insist=False,
        )


def try_out(subscription: Subscription) -> float:
    """Asks for an echo as BEX will. Seconds it took. Raises NotReachable."""
    refuse_bad_address()
    uri, echo, began = uri_of(subscription), secrets.token_hex(16), time.monotonic()
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(
                uri, params={"echo": echo}, timeout=(SECONDS, SECONDS), allow_redirects=False, stream=True
            ) as answer:
                said = answer.raw.read(1000, decode_content=True)
                status = answer.status_code
    except (requests.RequestException, OSError) as error:
        raise NotReachable(f"{settings.PUBLIC_URL} {_in_words(error)}", may_insist=True) from None
    if 300 <= status < 400:
        why = f"redirects ({status}), and a redirected delivery is lost"
    elif status != requests.codes.ok:
        why = f"answers {status} where the portal should"
    elif said != echo.encode():
        why = "answers something else than this portal"
    else:
        return time.monotonic() - began
    raise NotReachable(f"{settings.PUBLIC_URL} {why}.", may_insist=True)


def _in_words(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "has a certificate that is not trusted."
    if isinstance(error, requests.Timeout):
        return f"did not answer within {SECONDS} s: {SLOW}"
    return "cannot be reached from here: does it name this portal, and is it open to the outside?"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
