"""System checks: a wrong configuration explains its own mend."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from bexportal.env import is_loopback

Problem = Error | Warning


@register(Tags.security)
def courier_addresses(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    found: list[Problem] = []
    for name in ("BEX_API_URL", "BEX_WEBHOOK_URL"):
        url = getattr(settings, name)
        if urlsplit(url).scheme != "https" and not is_loopback(url):
            found.append(
                Error(
                    f"{name} is plain http to another machine: tokens and addresses could be read on the way.",
                    hint=f"Write {name}=https://…; plain http is for a courier on this machine.",
                    id="bexportal.E001",
                )
            )
    return found


@register(Tags.security)
def field_keys(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    if settings.FIELD_ENCRYPTION_KEYS:
        return []
    return [
        Error(
            "FIELD_ENCRYPTION_KEYS is empty: the tokens of BEX can be neither stored nor read.",
            hint="Make one: python -c 'import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'",
            id="bexportal.E002",
        )
    ]


@register(Tags.security, deploy=True)
def sandbox_in_production(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    if settings.DEBUG or not is_loopback(settings.BEX_API_URL):
        return []
    return [
        Warning(
            "BEX_API_URL is on this machine while DEBUG is off: what is booked goes to a sandbox, not to the courier.",
            hint="Write BEX_API_URL=https://api.bex.co.za.",
            id="bexportal.W003",
        )
    ]


@register(Tags.security, deploy=True)
def public_address(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    found: list[Problem] = []
    if urlsplit(settings.PUBLIC_URL).scheme != "https" and not is_loopback(settings.PUBLIC_URL):
        found.append(
            Error(
                "PUBLIC_URL is plain http: passwords and sessions could be read on the way.",
                hint="Put TLS in front (compose.yaml has a profile for it) and write PUBLIC_URL=https://…",
                id="bexportal.E004",
            )
        )
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if host not in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                f"ALLOWED_HOSTS does not hold {host}, the host of PUBLIC_URL.",
                hint=f"Add it: ALLOWED_HOSTS={host},127.0.0.1",
                id="bexportal.E005",
            )
        )
    return found


@register()
def deadlines(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    if settings.BEX_DEADLINE > settings.BEX_CONNECT_TIMEOUT:
        return []
    return [
        Error(
            "BEX_DEADLINE is not longer than BEX_CONNECT_TIMEOUT: no call could ever end well.",
            hint="For example BEX_CONNECT_TIMEOUT=5, BEX_READ_TIMEOUT=30, BEX_DEADLINE=40.",
            id="bexportal.E006",
        )
    ]
