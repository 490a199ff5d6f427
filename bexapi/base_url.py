"""Which endpoints are spoken to."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def checked_base_url(base_url: str) -> str:
    """The URL without a slash at its end.

    Raises ValueError unless it is https, or http to a loopback host, and has neither credentials nor a query.
    """
    parts = urlsplit(base_url.strip())
    host = parts.hostname or ""
    if not host or parts.scheme not in ("https", "http"):
        raise ValueError("the base URL looks like https://api.bex.co.za")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("the base URL must be https; http is for loopback hosts only")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the base URL holds no user name, password, query or fragment")
    if parts.port == 0:
        raise ValueError("the base URL's port is 1 to 65535")
    return base_url.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
