"""Every variable that the portal reads is explained where people look for it, and reaches it in a container."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A container never shows pages for developers, and has collected its style sheets when it was built.
NOT_IN_A_CONTAINER = {"DEBUG", "STATIC_ROOT"}


def told(file: str, pattern: str) -> set[str]:
    return {name.removesuffix("_FILE") for name in re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)}


READ = told("bexportal/settings.py", r'\bread\.\w+\(\s*"([A-Z_]+)"')


def test_the_settings_are_found() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "BEX_DEADLINE", "REDIS_URL", "EMAIL_URL", "STOP_GRACE_PERIOD"} <= READ


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("README.md", r"^\| `([A-Z_]+)` \|"),
        (".env.example", r"^([A-Z_]+)="),
        ("bexportal/demo/home.py", r'^            "([A-Z_]+)":'),
    ],
)
def test_what_is_told_is_read(file: str, pattern: str) -> None:
    assert told(file, pattern) - {"PORTAL_HOST", "JOURNAL_VOLUME", "DJANGO_SETTINGS_MODULE"} <= READ


@pytest.mark.parametrize(("file", "pattern"), [("README.md", r"^\| `([A-Z_]+)` \|"), (".env.example", r"^([A-Z_]+)=")])
def test_what_is_read_is_told(file: str, pattern: str) -> None:
    assert READ - told(file, pattern) == set()


def test_every_setting_reaches_a_container() -> None:
    image = told("Dockerfile", r"^(?:ENV|   ) ([A-Z_]+)=")
    passed_on = told("compose.yaml", r"^    ([A-Z_]+):")
    assert READ - image - passed_on == NOT_IN_A_CONTAINER
