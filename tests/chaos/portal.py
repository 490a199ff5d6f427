"""A whole portal as processes of its own, with a courier in a box, in a folder of its own."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"gunicorn": "web", "worker": "worker", "beat": "beat"}


class Portal:
    """`make demo` in another folder: sandbox, web, worker and beat, minded by their supervisor."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.courier = f"http://127.0.0.1:{self.sandbox_port}"
        self.log = (home.parent / "portal.log").open("w")
        ports = ["--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bexportal.demo", "--home", str(home), *ports],
            cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + 180
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).ok and (self.home / "env").exists():
                    return
            except requests.RequestException:
                pass
            time.sleep(0.5)
        raise SystemExit(f"The portal did not start; {self.log.name} says why.")

    def environment(self) -> dict[str, str]:
        lines = (self.home / "env").read_text().splitlines()
        return dict(line.split("=", 1) for line in shlex.split("\n".join(lines)))

    def pids(self, name: str) -> list[int]:
        """Of all processes of that kind: gunicorn's master and its workers, for instance."""
        found = []
        for child in descendants(self.process.pid):
            words = command_of(child)
            if any(NAMES.get(Path(word).name) == name for word in words):
                found.append(child)
        return found

    def signal(self, name: str, number: signal.Signals) -> int:
        """To every process of that kind. How many there were."""
        pids = self.pids(name)
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        return len(pids)

    def control(self, path: str, wish: dict[str, Any] | None = None) -> Any:
        """The sandbox's own controls. Tried again: the fault that cuts at accept meets this call as well."""
        for _ in range(20):
            try:
                if wish is None:
                    return requests.get(f"{self.courier}/_sandbox/{path}", timeout=30).json()
                return requests.post(f"{self.courier}/_sandbox/{path}", json=wish, timeout=30).json()
            except requests.RequestException:
                time.sleep(0.2)
        raise SystemExit("The sandbox does not answer.")

    def disarm(self) -> None:
        requests.delete(f"{self.courier}/_sandbox/faults", timeout=30)

    def end(self) -> None:
        for name in ("web", "worker", "beat"):
            self.signal(name, signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


class Clerk:
    """Somebody in a browser: reads the page, fills nothing in, presses the button; impatient when it fails."""

    def __init__(self, portal: Portal, session_cookie: tuple[str, str]) -> None:
        self.portal = portal
        self.cookie = session_cookie

    def book(self, waybill_id: str, *, presses: int) -> None:
        end = time.monotonic() + 120
        url = f"{self.portal.url}/waybills/{waybill_id}/book/"
        while time.monotonic() < end:
            try:
                with requests.Session() as browser:
                    browser.cookies.set(*self.cookie)
                    page = browser.get(url, timeout=30)
                    if not page.url.endswith("/book/"):
                        return  # it is on its way: the portal shows the waybill instead
                    if page.ok:
                        self._press(browser, url, fields_of(page.text), presses)
            except requests.RequestException:
                pass
            time.sleep(0.3)

    def _press(self, browser: requests.Session, url: str, fields: dict[str, str], presses: int) -> None:
        for _ in range(presses):
            browser.post(url, data={**fields, "book": "1"}, timeout=30, allow_redirects=False)


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._area = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = told.get("action", "").endswith("/book/")
        if not self._inside or not told.get("name"):
            return
        if tag == "input" and told.get("type") not in {"checkbox", "submit"}:
            self.fields[told["name"]] = told.get("value", "")
        elif tag == "textarea":
            self._area = told["name"]
            self.fields[self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def fields_of(page: str) -> dict[str, str]:
    form = _Form()
    form.feed(page)
    return form.fields


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in (child, *descendants(child))]


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []
