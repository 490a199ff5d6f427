"""A sender as a process of its own: `python -m tests.booking.sender WAYBILL_ID [--slow-names SECONDS]`.

The environment says which database, journal and deadline. It prints `ready` before it sends and `done` afterwards.
"""

import os
import socket
import sys
import time
import uuid
from typing import Any


def slow_names(seconds: float) -> None:
    """The computer's own name look-up, made slow: nothing in this process can hurry it."""
    real = socket.getaddrinfo

    def look_up(*args: Any, **kwargs: Any) -> Any:
        sys.stdout.write("looking up\n")
        sys.stdout.flush()
        time.sleep(seconds)
        return real(*args, **kwargs)

    socket.getaddrinfo = look_up


def main(waybill_id: str, *options: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
    import django

    django.setup()
    from shipments import sending

    if options[:1] == ("--slow-names",):
        slow_names(float(options[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sending.send(uuid.UUID(waybill_id))
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
