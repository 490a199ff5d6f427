"""Loads django-stubs' mypy plugin with the few variables that the settings ask for; mypy needs no shell set-up then."""

import os

os.environ.setdefault("SECRET_KEY", "types-only-types-only-types-only-types-only-types-only")

from mypy_django_plugin.main import plugin  # the environment comes first

__all__ = ["plugin"]
