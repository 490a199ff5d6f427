"""Whatever variable is wrong, the start ends with its name and an example, and never with what stood in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANTED = "planted-password"


def read_settings(**env: str) -> "subprocess.CompletedProcess[str]":
    """As the tests have them, but for these variables."""
    command = [sys.executable, "-c", "import bexportal.settings"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "SECRET_KEY=", "SECRET_KEY=planted-password", "ALLOWED_HOSTS=", "ALLOWED_HOSTS=a b",
        "ALLOWED_HOSTS=portal:8000",
        "BEX_API_URL=https://a b", "BEX_API_URL=https://bücher.de", "EMAIL_URL=smtp://", "EMAIL_URL=smtp+tls://",
        "STOP_GRACE_PERIOD=", "STOP_GRACE_PERIOD=soon", "STOP_GRACE_PERIOD=0s", "DEBUG=ture", "LOG_FORMAT=jsn", "ALLOWED_HOSTS=https://portal.example.co.za",
        "DATABASE_URL=", "DATABASE_URL=nonsense", "DATABASE_URL=mysql://u:planted-password@h/d",
        "DATABASE_URL=postgres://u:planted-password@h:port/d", "DATABASE_URL=postgres://u:planted-password@h",
        "DATABASE_URL=sqlite:///:memory:", "REDIS_URL=nonsense", "REDIS_URL=http://:planted-password@h",
        "REDIS_URL=redis://:planted-password@h:port/0", "BEX_API_URL=api.bex.co.za",
        "BEX_API_URL=https://u:planted-password@api.bex.co.za", "BEX_WEBHOOK_URL=ftp://webhook.bex.co.za",
        "BEX_CONNECT_TIMEOUT=0", "BEX_READ_TIMEOUT=nan", "BEX_DEADLINE=1e9", "FIELD_ENCRYPTION_KEYS=planted-password",
        "PUBLIC_URL=portal", "PUBLIC_URL=https://portal.example.co.za/portal", "PUBLIC_URL=https://portal:port",
        "EMAIL_URL=", "EMAIL_URL=nonsense", "EMAIL_URL=smtp://u:planted-password@h:port", "JOURNAL_DIR=",
        "METRICS_TOKEN=planted-password", "METRICS_TOKEN=planted-password planted-password",
        "SENTRY_DSN=planted-password", "SENTRY_DSN=https://sentry.example.com/1", "SENTRY_DSN=https://planted-password@sentry.example.com/x",
        "SENTRY_ENVIRONMENT=", "SENTRY_TRACES_SAMPLE_RATE=1.5", "SENTRY_TRACES_SAMPLE_RATE=nan",
        "SENTRY_TRACES_SAMPLE_RATE=all", "MEDIA_ROOT=", "STATIC_ROOT=", "VAR_DIR=", "VAR_DIR=/dev/null/folder",
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_by_name_with_an_example(wrong: str) -> None:
    name, _, value = wrong.partition("=")
    ended = read_settings(**{name: value})
    last = ended.stderr.strip().splitlines()[-1]
    assert ended.returncode != 0
    assert last.startswith(f"django.core.exceptions.ImproperlyConfigured: {name} ")
    assert f"{name}=" in last.removeprefix(f"{name} ")
    assert PLANTED not in ended.stderr


def test_a_secret_comes_from_a_file_and_a_missing_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "redis"
    env = {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {"REDIS_URL_FILE": str(file)}
    command = [sys.executable, "-c", "import bexportal.settings as s; print(s.REDIS_URL)"]

    def run() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)

    assert f"REDIS_URL_FILE names {file}, which cannot be read" in run().stderr
    file.write_text("redis://redis:6379/1\n")
    assert run().stdout.strip() == "redis://redis:6379/1"
