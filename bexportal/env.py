"""Settings read from the environment: typed, and failing loudly with the variable's name and an example.

Any variable may come from a file: `SECRET_KEY_FILE=/run/secrets/secret_key` stands for `SECRET_KEY`.
"""

import base64
import binascii
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
FROM_FILES = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "FIELD_ENCRYPTION_KEYS", "EMAIL_URL")


def _read(name: str, example: str, cast: Callable[[], T]) -> T:
    """Run one cast; whatever it says, the message names the variable and shows a good value."""
    try:
        return cast()
    except ImproperlyConfigured as error:
        if os.environ.get(name) is not None:
            raise
        raise ImproperlyConfigured(
            f"{name} is not set. Set it in the environment, for example {name}={example}"
        ) from error
    except (ValueError, TypeError, KeyError, binascii.Error):
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

    def text(self, name: str, example: str, default: str | None = None) -> str:
        def cast() -> str:
            value = self.env.str(name) if default is None else self.env.str(name, default=default)
            if default is None and not value.strip():
                raise ValueError
            return str(value)

        return _read(name, example, cast)

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

    def words(self, name: str, example: str, default: list[str]) -> list[str]:
        return _read(
            name,
            example,
            lambda: [word.strip() for word in self.env.str(name, default=",".join(default)).split(",") if word.strip()],
        )

    def url(self, name: str, example: str, default: str | None = None) -> str:
        """An absolute http(s) URL without a trailing slash. Plain http is refused later, by a system check."""

        def cast() -> str:
            value = (self.env.str(name) if default is None else self.env.str(name, default=default)).rstrip("/")
            parts = urlsplit(value)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError
            return str(value)

        return _read(name, example, cast)

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
