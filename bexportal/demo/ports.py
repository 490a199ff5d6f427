"""Free ports on this machine's own address."""

import errno
import socket

HOST = "127.0.0.1"


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


def is_free(port: int) -> bool:
    listener = listen(port)
    if listener is None:
        return False
    listener.close()
    return True


def listen_from(wanted: int, besides: int) -> tuple[int, socket.socket]:
    """The first free port from `wanted` on, leaving `besides` alone; OSError when fifty in a row are taken."""
    for port in range(wanted, wanted + 50):
        if port != besides and (listener := listen(port)) is not None:
            return port, listener
    raise OSError(errno.EADDRINUSE, f"the ports {wanted} to {wanted + 49} are all in use")
