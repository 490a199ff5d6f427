"""A process of its own that sweeps: `python -m tests.tracking.sweeper`. It prints `done`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
    import django

    django.setup()
    from tracking.sync import sync

    sync()
    sys.stdout.write("done\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
