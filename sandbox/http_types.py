"""A request as the courier reads it, and an answer as it goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from sandbox.wire import Params, Refused, dumps, loads_object


@dataclass(frozen=True)
class Request:
    """``body`` is as it came; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def fields(self) -> dict[str, str]:
        """The fields of a posted form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, object]:
        """The body as a JSON object, {} when there is none. Raises ValueError."""
        return loads_object(self.body) if self.body.strip() else {}

    def params(self) -> Params:
        """Query string and JSON body together, the body winning. Raises Refused."""
        try:
            return Params(self.query() | self.json())
        except ValueError:
            raise Refused("The request could not be read. The body must be valid JSON.") from None


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self, *, close: bool) -> bytes:
        """Status line and headers, with the length of the whole body."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"Content-Length: {len(self.body)}", f"Connection: {'close' if close else 'keep-alive'}", "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace")


def json_reply(value: object, status: int = 200, *, indent: int = 0) -> Reply:
    return Reply(status, "application/json; charset=utf-8", dumps(value, indent=indent).encode())


def ex_reply(text: str) -> Reply:
    """How the courier says no: 200 OK and the text in ``ex``."""
    return json_reply({"id": 0, "ex": text})


def html_reply(title: str, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A page as a web server or a proxy in front of the courier writes it."""
    page = (
        f"<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    )
    return Reply(status, "text/html; charset=utf-8", page.encode(), headers or {})


def pdf_reply(content: bytes, name: str) -> Reply:
    return Reply(200, "application/pdf", content, {"Content-Disposition": f'attachment; filename="{name}"'})


NOT_FOUND = html_reply("404 - File or directory not found.", "The resource you are looking for does not exist.", 404)
