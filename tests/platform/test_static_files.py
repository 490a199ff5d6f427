"""Static files are kept by browsers for good, under names that change with what is in them."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import Client

from accounts.models import User


def test_a_module_names_the_modules_it_imports_by_their_hash(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "bexportal.static.Hashed"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    served = storages["staticfiles"]
    for module in (tmp_path / "js").glob("*.????????????.js"):
        named = re.findall(r"""(?:from|import)\s*["']\./([^"']+)["']""", module.read_text())
        assert all(re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name) for name in named), module.name
        assert all((tmp_path / "js" / name).exists() for name in named), module.name
    assert "js/app." in served.url("js/app.js")


@pytest.mark.django_db
def test_pages_are_compressed(admin: User) -> None:
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(admin, backend="accounts.backends.NameOrEmailBackend")
    assert client.get("/")["Content-Encoding"] == "gzip"
