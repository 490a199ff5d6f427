"""Errors of the REST API as RFC 9457 problem documents, each kind with a status and a title of its own."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import JsonResponse

from bexportal.logs import current_request_id

MEDIA_TYPE = "application/problem+json"
WHERE = "/api/v1/docs"
KINDS: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "key-required": (400, "An Idempotency-Key is needed"),
    "unauthorized": (401, "A key is needed"),
    "scope-missing": (403, "The key may not do this"),
    "not-found": (404, "There is no such thing here"),
    "method-not-allowed": (405, "This is not done here"),
    "not-now": (409, "The waybill's state does not allow it"),
    "reference-in-use": (409, "The sender's reference is in use already"),
    "option-in-use": (409, "This option has a waybill already"),
    "number-not-confirmed": (409, "BEX does not show this number"),
    "number-in-use": (409, "Another waybill holds this number"),
    "document-refused": (409, "BEX gave no document"),
    "length-required": (411, "The body's length is needed"),
    "version-moved": (412, "It has changed meanwhile"),
    "too-large": (413, "That is too much at once"),
    "address-too-long": (414, "The address is too long"),
    "media-type": (415, "JSON is wanted"),
    "invalid": (422, "The request is not valid"),
    "refused-by-bex": (422, "BEX refused it"),
    "key-reused": (422, "The Idempotency-Key stands for another body"),
    "unchanged": (422, "Nothing was corrected"),
    "courier-unreachable": (424, "BEX gave no answer"),
    "version-required": (428, "If-Match is needed"),
    "rate-limited": (429, "Too many requests"),
    "headers-too-large": (431, "The headers are too large"),
    "error": (500, "The portal could not answer"),
    "maintenance": (503, "The portal is being maintained"),
}


class Problem(Exception):
    """An answer other than what was asked for. `more` becomes members of the document."""

    def __init__(
        self, kind: str, detail: str, *, errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(kind)
        self.kind, self.detail, self.errors = kind, detail, list(errors)
        self.headers, self.more = dict(headers or {}), more

    @property
    def status(self) -> int:
        return KINDS[self.kind][0]

    def response(self) -> JsonResponse:
        status, title = KINDS[self.kind]
        body: dict[str, Any] = {
            "type": f"{WHERE}#{self.kind}", "title": title, "status": status, "detail": self.detail,
            "request_id": current_request_id(),
        }  # fmt: skip
        if self.errors:
            body["errors"] = self.errors
        answer = JsonResponse({**body, **self.more}, status=status, content_type=MEDIA_TYPE)
        for name, value in self.headers.items():
            answer[name] = value
        answer["Cache-Control"] = "no-store"
        return answer


def of_status(status: int, detail: str = "") -> Problem:
    """The first kind of that status; for answers that were not made here."""
    kind = next((kind for kind, (code, _) in KINDS.items() if code == status), "malformed" if status < 500 else "error")
    return Problem(kind, detail or f"{KINDS[kind][1]}.")


def invalid(pointer: str, detail: str) -> Problem:
    """One thing is wrong in the body, at that JSON pointer."""
    wrong = {"pointer": pointer, "detail": detail}
    return Problem("invalid", "Nothing was stored and nothing was sent.", errors=[wrong])


def retry_after(seconds: float | None, usual: int = 30) -> dict[str, str]:
    """The header: as long as BEX, or whoever knows, said; else `usual`."""
    return {"Retry-After": str(usual if seconds is None else max(1, math.ceil(seconds)))}
