"""A sandbox courier as a process of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
USERNAME, PASSWORD, ACCOUNT = "demo@rooibok.example", "demo-password", "316085"


@contextmanager
def sandbox() -> Iterator[str]:
    """Its address, until the block ends."""
    with tempfile.TemporaryDirectory() as state:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", state]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                yield process.stdout.readline().strip().rpartition(" ")[2]
            finally:
                process.terminate()
