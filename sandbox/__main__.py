"""``python -m sandbox --port 8001``: starts the courier and says where it listens."""

import argparse
import math
import signal
import socket
import sqlite3
import sys
import threading
from pathlib import Path
from types import FrameType

from sandbox.api import Api
from sandbox.courier import Courier
from sandbox.sender import Sender
from sandbox.server import SandboxServer
from sandbox.store import StateInUse


def main() -> int:
    """0 after a signal; 2, with one sentence on standard error, when it cannot start."""
    options = _options()
    stopping = _stop_on_signals()
    try:
        courier = Courier(options.state, speed=options.speed)
    except StateInUse:
        return _refuse(f"Another sandbox is using the folder {options.state}. Give this one its own with --state.")
    except OSError as error:
        return _refuse(f"The folder {options.state} cannot be used: {error.strerror}.")
    except sqlite3.Error as error:
        return _refuse(f"What was kept in {options.state} cannot be read ({error}). Give another folder with --state.")
    api = Api(courier)
    try:
        listener = None if options.fd is None else socket.socket(fileno=options.fd)
        server = SandboxServer((options.host, options.port), api, listener)
    except OSError as error:
        courier.close()
        return _refuse(
            f"Port {options.port} on {options.host} cannot be used: {error.strerror}. Choose another with --port."
        )
    if options.seed_demo:
        from sandbox.demo import seed_demo

        seed_demo(courier)
    sender = Sender(courier)
    sender.start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    print(f"sandbox courier listening on http://{options.host}:{server.server_address[1]}", flush=True)
    while not stopping.wait(0.5):
        pass  # a signal that another thread received wakes nobody who waits without end
    server.shutdown()
    server.server_close()
    sender.stop()
    courier.close()
    return 0


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A courier in a box, for one machine.")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one and prints it")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--fd", type=int, help="a socket, handed on by who starts it, that listens already")
    parser.add_argument("--state", type=Path, default=Path("var/sandbox"), help="folder in which it remembers")
    parser.add_argument("--speed", type=float, help="how much faster than real time its clock runs")
    parser.add_argument("--seed-demo", action="store_true", help="some shipments to look at, when there are none")
    options = parser.parse_args()
    if options.speed is not None and not (math.isfinite(options.speed) and options.speed >= 0):
        parser.error("--speed is a number from 0")
    if not 0 <= options.port <= 65535:
        parser.error("--port is a number from 0 to 65535")
    return options


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
