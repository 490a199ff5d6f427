"""A wrong configuration fails loudly, with the variable's name, an example, and a hint."""

import base64
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from bexportal import checks

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()


def start(tmp_path: Path, *more: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """`manage.py check` as in production, but for these variables; `more` is --deploy unless it is given."""
    good = {
        "SECRET_KEY": "s" * 10 + "ecret-of-fifty-different-letters-and-0123456789-ABCDEFGH",
        "FIELD_ENCRYPTION_KEYS": KEY, "ALLOWED_HOSTS": "portal.example.co.za", "DEBUG": "false",
        "PUBLIC_URL": "https://portal.example.co.za", "BEX_API_URL": "https://api.bex.co.za",
        "REDIS_URL": "redis://127.0.0.1:6379/0", "VAR_DIR": str(tmp_path),
        "DATABASE_URL": "postgres://portal:portal@127.0.0.1:1/portal", "JOURNAL_DIR": str(tmp_path / "journal"),
        "EMAIL_URL": "consolemail://", "TRUSTED_PROXIES": "127.0.0.1", "BEX_WEBHOOK_URL": "https://webhook.bex.co.za",
        "BEX_CONNECT_TIMEOUT": "5", "BEX_READ_TIMEOUT": "30", "BEX_DEADLINE": "40", "LOG_FORMAT": "json",
    }  # fmt: skip
    tests_only = {"DJANGO_ALLOW_ASYNC_UNSAFE"}
    kept = {name: value for name, value in os.environ.items() if name not in good.keys() | tests_only}
    command = [sys.executable, "manage.py", "check", *(more or ("--deploy",)), "--fail-level", "ERROR"]
    return subprocess.run(
        command, cwd=ROOT, env={**kept, **good, **env}, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("name", "value", "example"),
    [
        ("SECRET_KEY", "", "SECRET_KEY="),
        ("DEBUG", "ture", "DEBUG=true"),
        ("BEX_DEADLINE", "soon", "BEX_DEADLINE=40"),
        ("BEX_DEADLINE", "-1", "BEX_DEADLINE=40"),
        ("BEX_API_URL", "api.bex.co.za", "BEX_API_URL=https://api.bex.co.za"),
        ("FIELD_ENCRYPTION_KEYS", "too-short", "FIELD_ENCRYPTION_KEYS="),
        ("PUBLIC_URL", "portal", "PUBLIC_URL=https://"),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name_and_an_example(
    tmp_path: Path, name: str, value: str, example: str
) -> None:
    ended = start(tmp_path, **{name: value})
    assert ended.returncode != 0
    assert example in ended.stderr
    if value not in ("", "-1", "portal"):
        assert KEY not in ended.stderr


def test_a_good_configuration_has_nothing_to_say_and_its_database_need_not_answer_yet(tmp_path: Path) -> None:
    ended = start(tmp_path)
    assert (ended.returncode, "no issues" in ended.stdout + ended.stderr) == (0, True), ended.stderr


def test_a_plain_check_says_that_bookings_go_to_a_sandbox(tmp_path: Path) -> None:
    ended = start(
        tmp_path, "--tag", "security", BEX_API_URL="http://127.0.0.1:8001", PUBLIC_URL="http://127.0.0.1:8000"
    )
    assert ended.returncode == 0
    assert "bexportal.W003" in ended.stderr


@pytest.mark.parametrize(("given", "seconds"), [("90s", 90), ("2m", 120), ("1m30s", 90), ("75", 75)])
def test_the_web_process_ends_within_the_time_that_it_is_given(given: str, seconds: int) -> None:
    code = "import bexportal.serving as s, bexportal.settings as d; print(d.STOP_GRACE_PERIOD, s.graceful_timeout)"
    env = {**os.environ, "STOP_GRACE_PERIOD": given}
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [f"{seconds}.0", str(seconds - 5)]


@pytest.mark.parametrize(
    ("changed", "check", "problem"),
    [
        ({"BEX_API_URL": "http://api.bex.co.za"}, "courier_addresses", "bexportal.E001"),
        ({"BEX_API_URL": "http://127.0.0.1:8001", "BEX_WEBHOOK_URL": "http://127.0.0.1:1"}, "courier_addresses", ""),
        ({"FIELD_ENCRYPTION_KEYS": []}, "field_keys", "bexportal.E002"),
        ({"BEX_API_URL": "http://127.0.0.1:8001", "DEBUG": False}, "sandbox_in_production", "bexportal.W003"),
        ({"PUBLIC_URL": "http://portal.example.co.za"}, "public_address", "bexportal.E004"),
        ({"PUBLIC_URL": "https://other.example.co.za"}, "public_address", "bexportal.E005"),
        ({"BEX_DEADLINE": 75.0, "STOP_GRACE_PERIOD": 90.0}, "time_to_stop", "bexportal.E015"),
        ({"BEX_DEADLINE": 70.0, "STOP_GRACE_PERIOD": 90.0}, "time_to_stop", ""),
        ({"BEX_DEADLINE": 5.0, "BEX_CONNECT_TIMEOUT": 5.0}, "deadlines", "bexportal.E006"),
    ],
)
def test_each_check_has_an_id_and_a_hint(settings: Any, changed: dict[str, Any], check: str, problem: str) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    found = getattr(checks, check)()
    assert (problem in {one.id for one in found}) == bool(problem)
    assert all(one.hint for one in found)


@pytest.mark.django_db
def test_a_fresh_database_has_no_pending_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    call_command("migrate", "--check", verbosity=0)
