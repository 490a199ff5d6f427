"""A process of its own that asks BEX: `python -m tests.pace.asker ENDPOINT THREADS CALLS` or `… ENDPOINT hold`.

The environment says which database, and how many calls may run at a time. It prints `done`; or `held`, and waits.
"""

import os
import sys
import threading


def main(endpoint: str, threads: str, calls: str = "0") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
    import django

    django.setup()
    from django.db import connection

    from accounts import gateway

    if threads == "hold":
        with gateway.turn_at(endpoint, "quote"):
            say("held")
            threading.Event().wait(60)
        return

    def ask() -> None:
        for _ in range(int(calls)):
            gateway.anonymous_client(endpoint).track(["ACP00000001"])
        connection.close()

    running = [threading.Thread(target=ask) for _ in range(int(threads))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    say("done")


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
