"""Asks the portal whether it is able to work."""

import http.client
import json
import time
from collections.abc import Callable

from bexportal.demo.ports import HOST

PAUSE = 0.2


def what_is_missing(port: int) -> list[str] | None:
    """[] when /readyz says ready; what is wrong, in its words; None when it does not answer yet."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        reply = connection.getresponse()
        body = reply.read(100_000)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    if reply.status == http.client.OK:
        return []
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError, TypeError):
        return [f"/readyz answers {reply.status}"]
    return [f"{name}: {problem}" for name, problem in checks.items() if problem != "ok"]


def answers(port: int) -> bool:
    """Does something that speaks HTTP listen there?"""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def wait_for(condition: Callable[[], bool], seconds: float, meanwhile: Callable[[], None]) -> bool:
    """Is it so before that many seconds have passed? `meanwhile` runs between two looks."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        meanwhile()
        time.sleep(PAUSE)
    return True
