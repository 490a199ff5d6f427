"""System checks: a wrong configuration explains its own mend."""

import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connection

from accounts.models import Identity
from accounts.secrets import key_id, sealed_with
from bexportal.env import is_loopback
from tracking.models import Subscription

Problem = Error | Warning
TO_STORE_AN_ANSWER = 20
"""Seconds after the deadline in which what came of a call is written down."""


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


@register(Tags.security)
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


@register()
def time_to_stop(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    least = settings.BEX_DEADLINE + TO_STORE_AN_ANSWER
    if least <= settings.STOP_GRACE_PERIOD:
        return []
    return [
        Error(
            f"STOP_GRACE_PERIOD ({settings.STOP_GRACE_PERIOD:.0f} s) is too short for BEX_DEADLINE "
            f"({settings.BEX_DEADLINE:.0f} s): a service that is stopped would be killed while BEX answers.",
            hint=f"Write STOP_GRACE_PERIOD={least:.0f}s, and give services as long to stop (systemd: TimeoutStopSec).",
            id="bexportal.E015",
        )
    ]


@register(Tags.security)
def trusted_proxies(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    found: list[Problem] = []
    for network in settings.TRUSTED_PROXIES:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            found.append(
                Error(
                    f"TRUSTED_PROXIES holds {network!r}, which is neither an address nor a network.",
                    hint="Write addresses or networks, for example TRUSTED_PROXIES=10.0.0.5,10.0.1.0/24.",
                    id="bexportal.E007",
                )
            )
    return found


@register()
def folders(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    found: list[Problem] = []
    for name, what, number in (("JOURNAL_DIR", "no booking can be sent", 8), ("MEDIA_ROOT", "no document is kept", 9)):
        if not _can_be_written(Path(getattr(settings, name))):
            found.append(
                Error(
                    f"{name} ({getattr(settings, name)}) cannot be written: {what}.",
                    hint=f"Give the folder to the user that runs the portal, or name another one in {name}.",
                    id=f"bexportal.E{number:03}",
                )
            )
    return found


def _can_be_written(folder: Path) -> bool:
    """Whether it can, or could be made: the nearest folder that is there decides."""
    folder = folder.absolute()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


@register()
def journal_apart(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    journal = Path(settings.JOURNAL_DIR).absolute()
    if journal not in folders_of_a_restore(settings.DATABASES["default"], settings.MEDIA_ROOT):
        return []
    return [
        Warning(
            "JOURNAL_DIR is a folder that a restore replaces: what was sent since the backup could be forgotten.",
            hint="Give the journal a folder of its own, best on another disk: JOURNAL_DIR=/srv/bexportal-journal.",
            id="bexportal.W010",
        )
    ]


def folders_of_a_restore(database: dict[str, Any], media_root: str) -> set[Path]:
    folders = {Path(media_root).absolute()}
    if database["ENGINE"].endswith("sqlite3"):
        folders.add(Path(str(database["NAME"])).absolute().parent)
    return folders


@register(deploy=True)
def broker(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    if settings.REDIS_URL or settings.DEBUG or is_loopback(settings.PUBLIC_URL):
        return []
    return [
        Warning(
            "REDIS_URL is not set: tasks go through files, which serve one machine and few people.",
            hint="Start a Redis and write REDIS_URL=redis://127.0.0.1:6379/0.",
            id="bexportal.W011",
        )
    ]


@register(deploy=True)
def journal_on_another_disk(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    if is_loopback(settings.PUBLIC_URL) or not on_one_disk(settings.DATABASES["default"], Path(settings.JOURNAL_DIR)):
        return []
    return [
        Warning(
            "JOURNAL_DIR is on the same disk as the database: what takes one takes the witness of what was sent too.",
            hint="Mount another disk and name a folder on it: JOURNAL_DIR=/mnt/other-disk/journal.",
            id="bexportal.W013",
        )
    ]


def on_one_disk(database: dict[str, Any], journal: Path) -> bool:
    """Known only where the database is a file here; the disk of a server is nobody's to see."""
    if not database["ENGINE"].endswith("sqlite3"):
        return False
    return _disk(Path(str(database["NAME"]))) == _disk(journal)


def _disk(path: Path) -> int:
    path = path.absolute()
    return next(there for there in (path, *path.parents) if there.exists()).stat().st_dev


@register(Tags.security, deploy=True)
def proxy_in_front(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    if settings.TRUSTED_PROXIES or urlsplit(settings.PUBLIC_URL).scheme != "https":
        return []
    return [
        Warning(
            "TRUSTED_PROXIES is empty though PUBLIC_URL is https: everybody seems to come from the one that ends TLS, "
            "by plain http, and may be redirected for ever.",
            hint="Name it: TRUSTED_PROXIES=127.0.0.1.",
            id="bexportal.W014",
        )
    ]


@register(Tags.security)
def reports(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    found: list[Problem] = []
    if urlsplit(settings.SENTRY_DSN).scheme == "http" and not is_loopback(settings.SENTRY_DSN):
        found.append(
            Error(
                "SENTRY_DSN is plain http to another machine: whoever listens on the way reads what fails here.",
                hint="Write SENTRY_DSN=https://key@sentry.example.com/1.",
                id="bexportal.E016",
            )
        )
    if settings.SENTRY_TRACES_SAMPLE_RATE and not settings.SENTRY_DSN:
        found.append(
            Warning(
                "SENTRY_TRACES_SAMPLE_RATE is set and SENTRY_DSN is not: no trace goes anywhere.",
                hint="Name a Sentry, for example SENTRY_DSN=https://key@sentry.example.com/1; or set neither.",
                id="bexportal.W017",
            )
        )
    return found


@register(Tags.security)
def a_token_of_its_own(app_configs: Any = None, **kwargs: Any) -> list[Problem]:
    if not settings.METRICS_TOKEN or settings.METRICS_TOKEN != settings.SECRET_KEY:
        return []
    return [
        Error(
            "METRICS_TOKEN is SECRET_KEY: who reads the metrics could sign sessions.",
            hint="Make another one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
            id="bexportal.E018",
        )
    ]


@register(Tags.database)
def keys_fit(app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any) -> list[Problem]:
    """Whether the keys open what is stored. Looked at by `check --database default` and `migrate`."""
    tables = connection.introspection.table_names() if "default" in (databases or ()) else []
    rows: list[tuple[str, ...]] = []
    if Identity._meta.db_table in tables:
        rows += Identity.objects.values_list("sealed_token", "sealed_alternate_token")
    if Subscription._meta.db_table in tables:
        rows += Subscription.objects.values_list("sealed_key", "sealed_secret", "sealed_previous_secret")
    wanted = {sealed_with(text) for row in rows for text in row if text}
    missing = wanted - {key_id(key) for key in settings.FIELD_ENCRYPTION_KEYS}
    if not missing:
        return []
    kind, what = (Error, "none") if missing == wanted else (Warning, "not all")
    return [
        kind(
            f"FIELD_ENCRYPTION_KEYS opens {what} of the stored tokens: missing {', '.join(sorted(missing))}.",
            hint="Add the keys they were stored with, behind the first one; or log the identities in again.",
            id="bexportal.E012" if kind is Error else "bexportal.W012",
        )
    ]
