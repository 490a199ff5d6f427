"""A sandbox courier as a process of its own."""

import http.client
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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


def submits(courier: str, payload: dict[str, Any], token: str) -> Callable[[], object]:
    """The bare call: this submission by http.client on a kept connection, each time under a reference of its own."""
    connection = http.client.HTTPConnection(urlsplit(courier).netloc, timeout=30)
    references = itertools.count()
    headers = {"Content-Type": "application/json", "token": token}

    def submit() -> object:
        body = json.dumps({**payload, "additionalReferences": [{"value": f"BARE{next(references):016}"}]})
        connection.request("POST", "/api/service/submitwaybillv4", body, headers)
        answer = json.loads(connection.getresponse().read())
        assert answer["items"], answer
        return answer

    return submit
