"""Style sheets and scripts in STATIC_ROOT: collected where they are not there already."""

import filecmp
import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect() -> None:
    """Raises OSError where STATIC_ROOT cannot be written. An image has collected when it was built, and its own user
    cannot write there: then there is nothing to do.
    """
    if is_collected():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    if not settings.DEBUG and not is_collected():
        # It goes by times, and a copy may be younger than the newer file that it should have been made from.
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)


def is_collected() -> bool:
    """Whether every file of the applications is there under its name by content, as it is now."""
    root = Path(settings.STATIC_ROOT)
    try:
        named = json.loads((root / "staticfiles.json").read_text())["paths"]
        return all(
            name in named and (root / named[name]).is_file() and filecmp.cmp(storage.path(name), root / name)
            for finder in get_finders()
            for name, storage in finder.list([])
        )
    except (OSError, ValueError, KeyError):
        return False
