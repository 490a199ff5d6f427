"""System checks that look at folders, keys and what stands around the portal."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Identity
from bexportal import checks
from tests.cast import make_identity

OTHER_KEY = b"o" * 32


def ids(found: list[Any]) -> list[str]:
    assert all(one.hint for one in found)
    return [one.id for one in found]


@pytest.mark.parametrize(("name", "problem"), [("JOURNAL_DIR", "bexportal.E008"), ("MEDIA_ROOT", "bexportal.E009")])
def test_a_folder_that_cannot_be_made_is_said(settings: Any, tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "file").touch()
    setattr(settings, name, str(tmp_path / "file" / "folder"))
    assert ids(checks.folders()) == [problem]
    setattr(settings, name, str(tmp_path / "not" / "yet" / "there"))
    assert ids(checks.folders()) == []


def test_a_journal_that_a_restore_would_replace_is_said(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "documents")
    for beside, said in ((settings.MEDIA_ROOT, ["bexportal.W010"]), (str(tmp_path / "journal"), [])):
        settings.JOURNAL_DIR = beside
        assert ids(checks.journal_apart()) == said


def test_the_folder_of_a_database_in_a_file_counts_as_replaced(tmp_path: Path) -> None:
    in_a_file = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "db.sqlite3")}
    on_a_server = {"ENGINE": "django.db.backends.postgresql", "NAME": "portal"}
    documents = tmp_path / "documents"
    assert checks.folders_of_a_restore(in_a_file, str(documents)) == {tmp_path, documents}
    assert checks.folders_of_a_restore(on_a_server, str(documents)) == {documents}


@pytest.mark.parametrize(
    ("proxies", "said"),
    [
        (["10.0.0.5", "10.0.1.0/24", "::1"], []),
        (["proxy.example"], ["bexportal.E007"]),
        (["10.0.0.5/99", "10.0.0.256"], ["bexportal.E007", "bexportal.E007"]),
    ],
)
def test_a_proxy_that_is_no_address_is_said(settings: Any, proxies: list[str], said: list[str]) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert ids(checks.trusted_proxies()) == said


def test_a_public_portal_without_redis_is_warned(settings: Any) -> None:
    assert ids(checks.broker()) == []
    settings.PUBLIC_URL = "https://portal.example.co.za"
    assert ids(checks.broker()) == ["bexportal.W011"]
    settings.REDIS_URL = "redis://127.0.0.1:6379/0"
    assert ids(checks.broker()) == []


def test_a_journal_on_the_disk_of_the_database_is_warned(settings: Any, tmp_path: Path) -> None:
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "db.sqlite3")}
    assert checks.on_one_disk(file, tmp_path / "not" / "yet" / "there")
    assert not checks.on_one_disk(file, Path("/proc/journal"))
    assert not checks.on_one_disk({"ENGINE": "django.db.backends.postgresql", "NAME": "portal"}, tmp_path)
    assert ids(checks.journal_on_another_disk()) == []
    settings.PUBLIC_URL, settings.JOURNAL_DIR = "https://portal.example.co.za", "/proc/journal"
    assert ids(checks.journal_on_another_disk()) == []


def test_https_without_a_proxy_to_believe_is_warned(settings: Any) -> None:
    assert ids(checks.proxy_in_front()) == []
    settings.PUBLIC_URL = "https://portal.example.co.za"
    assert ids(checks.proxy_in_front()) == ["bexportal.W014"]
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert ids(checks.proxy_in_front()) == []


def test_keys_that_open_nothing_are_an_error_and_those_that_open_some_a_warning(
    identity: Identity, settings: Any
) -> None:
    old = settings.FIELD_ENCRYPTION_KEYS
    assert ids(checks.keys_fit(databases=["default"])) == []
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY]
    assert ids(checks.keys_fit(databases=["default"])) == ["bexportal.E012"]
    make_identity("Newer")
    assert ids(checks.keys_fit(databases=["default"])) == ["bexportal.W012"]
    settings.FIELD_ENCRYPTION_KEYS = [OTHER_KEY, *old]
    assert ids(checks.keys_fit(databases=["default"])) == []


def test_without_a_database_the_keys_are_not_looked_at(settings: Any) -> None:
    assert ids(checks.keys_fit(databases=None)) == []


@pytest.mark.parametrize(
    ("dsn", "rate", "said"),
    [
        ("", 0.0, []),
        ("https://key@sentry.example.com/1", 0.5, []),
        ("http://key@127.0.0.1:9000/1", 0.0, []),
        ("http://key@sentry.example.com/1", 0.0, ["bexportal.E016"]),
        ("", 0.5, ["bexportal.W017"]),
    ],
)
def test_reports_that_could_be_read_or_go_nowhere_are_said(
    settings: Any, dsn: str, rate: float, said: list[str]
) -> None:
    settings.SENTRY_DSN, settings.SENTRY_TRACES_SAMPLE_RATE = dsn, rate
    assert ids(checks.reports()) == said


def test_a_token_for_metrics_that_signs_sessions_is_said(settings: Any) -> None:
    for token, said in (("", []), ("another-token-for-metrics", []), (settings.SECRET_KEY, ["bexportal.E018"])):
        settings.METRICS_TOKEN = token
        assert ids(checks.a_token_of_its_own()) == said
