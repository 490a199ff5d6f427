"""Settings read from the environment: typed, and failing loudly with the variable's name and an example.

Any variable may come from a file: `SECRET_KEY_FILE=/run/secrets/secret_key` stands for `SECRET_KEY`.
"""

import base64
import binascii
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
USUAL_GRACE_PERIOD = "90s"
SHORTEST_SECRET_KEY = 50
SHORTEST_TOKEN = 24
_HOST = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-f:.]+\]", re.ASCII | re.IGNORECASE)
_PERIOD = re.compile(r"(?:(\d{1,4})m)?(?:(\d{1,5})s?)?", re.ASCII)
FROM_FILES = (
    "SECRET_KEY", "DATABASE_URL", "REDIS_URL", "FIELD_ENCRYPTION_KEYS", "EMAIL_URL", "METRICS_TOKEN", "SENTRY_DSN",
)  # fmt: skip


def _read(name: str, example: str, cast: Callable[[], T]) -> T:
    """Run one cast; whatever it says, the message names the variable and shows a good value."""
    try:
        return cast()
    except (ImproperlyConfigured, ValueError, TypeError, KeyError, binascii.Error):
        # Not chained: the value may hold a password.
        if os.environ.get(name) is None:
            raise ImproperlyConfigured(
                f"{name} is not set. Set it in the environment, for example {name}={example}"
            ) from None
        raise ImproperlyConfigured(f"{name} cannot be understood. A value looks like {name}={example}") from None


class Settings:
    """One reader for the whole settings file; `env` is django-environ's."""

    def __init__(self) -> None:
        self.env = environ.Env()
        dotenv = BASE_DIR / ".env"
        if dotenv.is_file():
            environ.Env.read_env(dotenv)
        for name in FROM_FILES:
            path = os.environ.get(f"{name}_FILE")
            if path and name not in os.environ:
                try:
                    os.environ[name] = Path(path).read_text().strip()
                except OSError as error:
                    raise ImproperlyConfigured(
                        f"{name}_FILE names {path}, which cannot be read: {error.strerror}"
                    ) from None

    def _given(self, name: str, default: str | None) -> str:
        return str(self.env.str(name) if default is None else self.env.str(name, default=default)).strip()

    def text(self, name: str, example: str, default: str | None = None) -> str:
        """May be empty only where that is the default."""

        def cast() -> str:
            value = self._given(name, default)
            if default != "" and not value:
                raise ValueError
            return value

        return _read(name, example, cast)

    def secret_key(self, name: str, example: str) -> str:
        def cast() -> str:
            value = self._given(name, None)
            if len(value) < SHORTEST_SECRET_KEY:
                raise ValueError
            return value

        return _read(name, example, cast)

    def token(self, name: str) -> str:
        """A secret that somebody shows in a header, or '' for none. Long enough that nobody guesses it."""

        def cast() -> str:
            value = self._given(name, "")
            fit = len(value) >= SHORTEST_TOKEN and value.isascii() and value.isprintable() and " " not in value
            if value and not fit:
                raise ValueError
            return value

        return _read(name, f"a-random-text-of-{SHORTEST_TOKEN}-letters-or-more", cast)

    def dsn(self, name: str) -> str:
        """Where Sentry takes reports, as it says itself; or '' for nowhere."""

        def cast() -> str:
            value = self._given(name, "")
            parts = urlsplit(value)
            named = parts.scheme in {"http", "https"} and parts.hostname and parts.username and parts.port != 0
            if value and not (named and parts.path.rpartition("/")[2].isdecimal()):
                raise ValueError
            return value

        return _read(name, "https://key@sentry.example.com/1", cast)

    def share(self, name: str, default: float) -> float:
        """From 0, none, to 1, all."""

        def cast() -> float:
            value = float(self.env.str(name, default=str(default)))
            if not 0 <= value <= 1:
                raise ValueError
            return value

        return _read(name, "0.1", cast)

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        def cast() -> str:
            return choices[choices.index(self._given(name, default))]

        return _read(name, " or ".join(choices), cast)

    def flag(self, name: str, default: bool) -> bool:
        words = {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }
        return _read(name, "true", lambda: words[self.env.str(name, default=str(default)).strip().lower()])

    def seconds(self, name: str, default: float) -> float:
        def cast() -> float:
            value = float(self.env.str(name, default=str(default)))
            if not 0 < value <= 600:
                raise ValueError
            return value

        return _read(name, str(default), cast)

    def period(self, name: str, default: str) -> float:
        """Seconds, from a text as compose.yaml and systemd take it: `90s`, `2m`, `1m30s`."""

        def cast() -> float:
            found = _PERIOD.fullmatch(self._given(name, default))
            seconds = 60 * int(found[1] or 0) + int(found[2] or 0) if found else 0
            if seconds < 10:
                raise ValueError
            return float(seconds)

        return _read(name, default, cast)

    def whole(self, name: str, default: int) -> int:
        def cast() -> int:
            value = self.env.int(name, default=default)
            if not 1 <= value <= 1_000_000:
                raise ValueError
            return int(value)

        return _read(name, str(default), cast)

    def words(self, name: str, example: str, default: list[str]) -> list[str]:
        return _read(
            name,
            example,
            lambda: [word.strip() for word in self.env.str(name, default=",".join(default)).split(",") if word.strip()],
        )

    def hosts(self, name: str, example: str, default: list[str]) -> list[str]:
        """Host names, at least one: no scheme, no port, no path."""
        found = self.words(name, example, default)

        def cast() -> list[str]:
            if not found or not all(_HOST.fullmatch(host) for host in found):
                raise ValueError
            return found

        return _read(name, example, cast)

    def url(self, name: str, example: str, default: str | None = None, *, path: bool = True) -> str:
        """An absolute http(s) URL without a trailing slash. Plain http is refused later, by a system check."""

        def cast() -> str:
            value = self._given(name, default).rstrip("/")
            parts = urlsplit(value)
            known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
            known = known and value.isascii() and value.isprintable() and " " not in value
            if not known or parts.username or parts.query or parts.fragment or (parts.path and not path):
                raise ValueError
            return value

        return _read(name, example, cast)

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's own words for a PostgreSQL or SQLite URL."""

        def cast() -> dict[str, Any]:
            url = self._given(name, default)
            if not url.startswith(("postgres://", "postgresql://", "sqlite:///")):
                raise ValueError
            found: dict[str, Any] = environ.Env.db_url_config(url)
            if found["NAME"] in {"", ":memory:"}:
                raise ValueError
            return found

        return _read(name, "postgres://user:password@host:5432/name", cast)

    def redis(self, name: str) -> str:
        """A Redis, or '' for none."""

        def cast() -> str:
            value = self._given(name, "")
            parts = urlsplit(value)
            named = parts.scheme in {"redis", "rediss"} and parts.hostname and parts.port != 0
            if value and not named:
                raise ValueError
            return value

        return _read(name, "redis://127.0.0.1:6379/0", cast)

    def email(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings of mail, by name."""

        def cast() -> dict[str, Any]:
            url = self._given(name, default)
            found: dict[str, Any] = environ.Env.email_url_config(url)
            if url.startswith("smtp") and not found["EMAIL_HOST"]:
                raise ValueError
            return found

        return _read(name, "smtp+tls://user:password@host:587", cast)

    def folder(self, name: str, example: str, default: Path) -> Path:
        return Path(self.text(name, example, default=str(default))).absolute()

    def made_folder(self, name: str, example: str, default: Path) -> Path:
        folder = self.folder(name, example, default)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name} names {folder}, which cannot be made: {error.strerror}. For example {name}={example}"
            ) from None
        return folder

    def keys(self, name: str) -> list[bytes]:
        """Comma-separated keys of 32 bytes in URL-safe base64. The first one writes, all of them read."""

        def cast() -> list[bytes]:
            keys = [
                base64.urlsafe_b64decode(word) for word in self.env.str(name, default="").split(",") if word.strip()
            ]
            if any(len(key) != 32 for key in keys):
                raise ValueError
            return keys

        return _read(
            name, "`python -c 'import base64,os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`", cast
        )


def is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOOPBACK_HOSTS
