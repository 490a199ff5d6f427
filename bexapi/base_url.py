"""Which endpoints are spoken to."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


def checked_base_url(base_url: str) -> str:
    """The URL without a slash at its end.

    Raises ValueError unless it is https, or http to a loopback host, and has neither credentials nor a query.
    """
    if not isinstance(base_url, str):
        raise TypeError("a base URL is a text")
    base_url = base_url.strip().rstrip("/")
    parts, port = _parts(base_url)
    host = parts.hostname or ""
    if (
        not host
        or not base_url.isascii()
        or not base_url.isprintable()
        or " " in base_url
        or parts.scheme not in ("https", "http")
    ):
        raise ValueError("the base URL looks like https://api.bex.co.za")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("the base URL must be https; http is for loopback hosts only")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the base URL holds no user name, password, query or fragment")
    if port == 0:
        raise ValueError("the base URL's port is 1 to 65535")
    return base_url


def _parts(base_url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        # Said anew: the library's words quote the URL, and what stands where a port should may be a password.
        raise ValueError("the base URL looks like https://api.bex.co.za") from None
    return parts, port


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
