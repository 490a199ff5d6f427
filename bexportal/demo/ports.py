"""Ports on this machine's own address: free ones, and who holds the others."""

import argparse
import errno
import socket
from pathlib import Path

HOST = "127.0.0.1"
LAST = 65_535


def listen(port: int) -> socket.socket | None:
    """A socket that listens there; None where somebody else does already."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            return None
        raise
    return listener


def listen_from(wanted: int, besides: int) -> tuple[int, socket.socket]:
    """The first free port from `wanted` on, leaving `besides` alone; OSError when fifty in a row are taken."""
    last = min(wanted + 49, LAST)
    for port in range(wanted, last + 1):
        if port != besides and (listener := listen(port)) is not None:
            return port, listener
    raise OSError(errno.EADDRINUSE, f"the ports {wanted} to {last} are all in use")


def port(text: str) -> int:
    """For argparse."""
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= number <= LAST:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {LAST}, not {text}")
    return number


def holder(port: int) -> str:
    """Which process listens there, as `gunicorn (process 1234)`; '' where this system or its rights do not tell."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(fd.readlink()) in sockets for fd in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
                return f"`{words[:120]}` (process {process.name})"
        except OSError:
            continue  # another user's, or just gone
    return ""


def _listening(port: int) -> list[str]:
    inodes = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            _, local, _, state, *more = line.split()
            if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                inodes.append(more[5])
    return inodes
