"""What every test may use: a configured installation, a standing cast, a courier."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_var = tempfile.mkdtemp(prefix="bexportal-test-")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
# Set, not defaulted: what stands in somebody's shell must not reach the tests.
os.environ.update(
    SECRET_KEY="tests-only-tests-only-tests-only-tests-only-tests-only",
    FIELD_ENCRYPTION_KEYS="a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    DEBUG="false",
    ALLOWED_HOSTS="127.0.0.1,localhost,testserver",
    PUBLIC_URL="http://127.0.0.1:8000",
    TRUSTED_PROXIES="",
    BEX_API_URL="http://127.0.0.1:9",
    BEX_WEBHOOK_URL="http://127.0.0.1:9",
    BEX_CONNECT_TIMEOUT="2",
    BEX_READ_TIMEOUT="3",
    BEX_DEADLINE="5",
    BEX_PATIENCE="0.5",
    VAR_DIR=_var,
    JOURNAL_DIR=str(Path(_var) / "journal"),
    MEDIA_ROOT=str(Path(_var) / "documents"),
    REDIS_URL="",
    EMAIL_URL="memorymail://",
    LOG_FORMAT="readable",
    METRICS_TOKEN="",
    SENTRY_DSN="",
)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite:///" + str(Path(_var) / "db.sqlite3"))

import django  # noqa: E402 - the environment comes first
import pytest  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

django.setup()

from django.db import connections  # noqa: E402

if connections["default"].vendor == "sqlite":
    # A file, so that live servers, threads and processes of their own see the same database.
    connections["default"].settings_dict["TEST"]["NAME"] = str(Path(_var) / "test.sqlite3")
atexit.register(shutil.rmtree, _var, ignore_errors=True)

# Each run tries the same; `--hypothesis-profile=long` tries others, and many more.
_slow_is_well = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
hypothesis_settings.register_profile("usual", derandomize=True, **_slow_is_well)  # type: ignore[arg-type]
hypothesis_settings.register_profile("long", max_examples=2000, **_slow_is_well)  # type: ignore[arg-type]
hypothesis_settings.load_profile("usual")

pytest_plugins = ["tests.browser", "tests.cast", "tests.courier"]


@pytest.fixture(autouse=True)
def journal_dir(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A journal and documents of its own for each test."""
    from shipments import journal, witness

    settings.JOURNAL_DIR = str(tmp_path / "journal")
    settings.MEDIA_ROOT = str(tmp_path / "documents")
    witness.forget()
    yield tmp_path / "journal"
    journal.close()
    witness.forget()


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Tests run without collectstatic."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
