"""Starts sandbox, web, worker and beat, minds them, and ends them all."""

import os
import shutil
import signal
import socket
import sys
import time
from types import FrameType

from bexportal.demo import preparing, readiness
from bexportal.demo.home import DEADLINE, Home, usual_sandbox_port
from bexportal.demo.lines import say, write
from bexportal.demo.ports import HOST, holder, listen, listen_from
from bexportal.demo.processes import Child, KeepsDyingError

WEB_PORT = 8000
PATIENCE = 90.0
STILL_ENDING = 5.0
GRACE = DEADLINE + 5


class StoppedError(Exception):
    """Somebody pressed Ctrl-C or sent a signal."""


class CannotStartError(Exception):
    """The message says what stands in the way and what to do."""


class Demo:
    """One demo in one terminal."""

    def __init__(self, home: Home, wanted_port: int, wanted_sandbox_port: int | None) -> None:
        self.home = home
        self.children: list[Child] = []
        self.stopping = self.in_a_hurry = False
        self.sandbox_port, self.sandbox_listener = self._listen_for_the_sandbox(
            wanted_sandbox_port or usual_sandbox_port(home.path), besides=wanted_port
        )
        self.port, self.listener = listen_from(wanted_port, besides=self.sandbox_port)
        if self.port != wanted_port:
            say("demo", f"Port {wanted_port} is in use, so the portal takes {self.port}.")
        self.env = home.settings(self.port, self.sandbox_port)
        home.write_env(self.env)

    def _listen_for_the_sandbox(self, wanted: int, besides: int) -> tuple[int, socket.socket]:
        """The sandbox gets this socket as it is: nobody else can come in between, neither now nor when it restarts."""
        kept = self.home.sandbox_port
        if kept is None:
            port, listener = listen_from(wanted, besides=besides)
            self.home.sandbox_port = port
            return port, listener
        # One that was just killed may still be ending.
        until = time.monotonic() + STILL_ENDING
        while (found := listen(kept)) is None:
            if time.monotonic() > until:
                raise CannotStartError(
                    f"Port {kept} is in use: {holder(kept) or 'another process'} listens there. What was booked in "
                    "this demo belongs to the sandbox courier at that address. Stop that process and start again, or "
                    "begin anew with `make demo-reset`."
                )
            time.sleep(0.2)
        return kept, found

    def run(self) -> None:
        """Until a signal comes (StoppedError) or something cannot be mended."""
        fd = self.sandbox_listener.fileno()
        sandbox = self._child("sandbox", "-m", "sandbox", "--fd", str(fd), "--state", self._state, keep_fds=[fd])
        preparing.prepare(self.home, self.env, self.children)
        if preparing.has_sample_data(self.home, self.env):
            self._start_the_portal()
            self._wait_for_the_sandbox(sandbox)
        else:
            self._wait_for_the_sandbox(sandbox)
            preparing.add_sample_data(self.home, self.env, self.children)
            self._start_the_portal()
        if not readiness.wait_for(self._is_ready, PATIENCE, self._mind):
            missing = readiness.what_is_missing(self.port) or ["the web process does not answer"]
            raise CannotStartError("The portal is not ready: " + "; ".join(missing))
        preparing.add_webhook(self.home, self.env, self.children)
        self._say_where()
        while True:
            self._mind()
            time.sleep(0.5)

    def _wait_for_the_sandbox(self, sandbox: Child) -> None:
        if not readiness.wait_for(lambda: readiness.answers(self.sandbox_port), PATIENCE, sandbox.mind):
            raise CannotStartError("The sandbox courier does not answer.")

    @property
    def _state(self) -> str:
        return str(self.home.folder("sandbox"))

    def _start_the_portal(self) -> None:
        if not self.env["REDIS_URL"]:
            # The database is the queue of record; bells that rang while nobody was there are worth nothing.
            shutil.rmtree(self.home.path / "var" / "broker", ignore_errors=True)
            self.home.folder("var/broker")
        fd = self.listener.fileno()
        self._child(
            "web", "-m", "gunicorn", "bexportal.wsgi", "--bind", f"fd://{fd}", "--worker-class",
            "bexportal.serving.PortalWorker", "--workers", "2", "--threads", "12",
            "--graceful-timeout", str(GRACE - 2), "--log-level", "warning", keep_fds=[fd],
        )  # fmt: skip
        celery = ("-m", "celery", "--quiet", "--app", "bexportal")
        self._child(
            "worker", *celery, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        )  # fmt: skip
        self._child("beat", *celery, "beat", "--loglevel", "WARNING", "--pidfile=")

    def _child(self, name: str, *arguments: str, keep_fds: list[int] | None = None) -> Child:
        # Celery's advice against the superuser is for servers; containers and this demo have nobody else.
        quiet = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
        child = Child(name, (sys.executable, *arguments), {**self.env, **quiet}, keep_fds or [])
        self.children.append(child)
        child.start()
        return child

    def _is_ready(self) -> bool:
        return readiness.what_is_missing(self.port) == []

    def _mind(self) -> None:
        for child in self.children:
            child.mind()

    def _say_where(self) -> None:
        address = f"http://{HOST}:{self.port}"
        self.home.says(f"a demo at {address}")
        say("demo", f"The sandbox courier has a page of its own: http://{HOST}:{self.sandbox_port}")
        say("demo", "Ctrl-C ends everything; what was done is kept. `make demo-reset` begins anew.")
        write(f"Ready: {address}  (demo / {self.home.password})")

    def end(self) -> None:
        """Every process ends: asked first, killed after the grace period, or at once when asked a second time."""
        self.stopping = True
        running = [child for child in self.children if child.running]
        sandbox = [child for child in running if child.name == "sandbox"]
        portal = [child for child in running if child.name != "sandbox"]
        self.listener.close()
        self.sandbox_listener.close()
        # The courier goes last: what is being sent may still be answered.
        for group in (portal, sandbox):
            for child in group:
                child.signal(signal.SIGTERM)
            self._wait_for_the_end(group)
        for child in self.children:
            child.signal(signal.SIGKILL)
            child.wait(until=time.monotonic() + 5)
            child.finish_lines()

    def _wait_for_the_end(self, group: list[Child]) -> None:
        until, told = time.monotonic() + GRACE, False
        while any(child.running for child in group) and time.monotonic() < until and not self.in_a_hurry:
            time.sleep(0.05)
            if not told and time.monotonic() > until - GRACE + 5:
                busy = ", ".join(child.name for child in group if child.running)
                say("demo", f"Waiting for {busy}, at most {GRACE} s. Ctrl-C again ends it now.")
                told = True

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.stopping:
            self.in_a_hurry = True
            return
        self.stopping = True
        raise StoppedError


def run(home: Home, wanted_port: int, wanted_sandbox_port: int | None, kind: type[Demo] = Demo) -> int:
    """0 after a signal, 1 with one sentence when the demo cannot go on."""
    demo = kind(home, wanted_port, wanted_sandbox_port)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, demo.on_signal)
    problem = ""
    try:
        demo.run()
    except StoppedError:
        write("")
    except (CannotStartError, preparing.NotPreparedError, KeepsDyingError) as error:
        problem = str(error)
    finally:
        demo.end()
    if problem:
        say("demo", problem)
    say("demo", f"Everything has ended; what was done is kept in {os.path.relpath(home.path)}/.")
    return 1 if problem else 0
