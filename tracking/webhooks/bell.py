"""Rings for the inbox without making a request wait for the broker: beside it, and at most twice a second."""

import os
import threading
import time

from shipments.bell import ring

TASK = "tracking.tasks.take_inbox"
EVERY_SECONDS = 0.5


class Bell:
    """A thread of its own in each process. Where the broker does not answer, beat's next ring finds what waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._process = 0

    def ring_soon(self) -> None:
        self._wanted.set()
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._wanted = threading.Event()
                    self._wanted.set()
                    threading.Thread(target=self._work, args=(self._wanted,), name="inbox bell", daemon=True).start()
                    self._process = os.getpid()

    def _work(self, wanted: threading.Event) -> None:
        while True:
            wanted.wait()
            wanted.clear()
            ring(TASK)
            time.sleep(EVERY_SECONDS)


BELL = Bell()
