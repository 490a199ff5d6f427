"""The API's description: what ninja says, put right about errors, headers and examples."""

from typing import Any

from ninja import NinjaAPI

from bexportal import examples
from bexportal.problems import KINDS, MEDIA_TYPE

INTRODUCTION = (
    "Quote, book, print and track with BEX. Every call carries `Authorization: Bearer` and a key of this portal; what "
    "the key's owner may do, the key may do, within its scopes and accounts. Money is text with its currency, times "
    "carry their zone, errors are problem documents (RFC 9457). `HEAD` answers like `GET`. Every answer carries an "
    "`X-Request-ID` to name when you ask somebody about it."
)
PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Which kind; stable."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "description": "To name when you ask somebody about it."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer into the body; /name of a parameter.",
                    },
                    "detail": {"type": "string"},
                },
            },
        },
        "bex_message": {"type": "string", "description": "BEX's own words."},
        "waybill": {"type": "string", "description": "The address of the waybill that it is about."},
        "waybill_number": {"type": "string"},
        "quote": {"type": "string"},
        "state": {"type": "string"},
        "scope": {"type": "string"},
    },
}
JSON = "application/json"
EVERYWHERE = (
    "malformed", "unauthorized", "scope-missing", "method-not-allowed", "address-too-long", "invalid", "rate-limited",
    "headers-too-large", "error", "maintenance",
)  # fmt: skip
ALSO: dict[str, tuple[str, ...]] = {
    "createQuote": ("length-required", "too-large", "media-type", "refused-by-bex", "courier-unreachable"),
    "getQuote": ("not-found",),
    "createWaybill": (
        "key-required", "not-found", "reference-in-use", "option-in-use", "length-required", "too-large", "media-type",
        "refused-by-bex", "key-reused",
    ),
    "correctWaybill": (
        "not-found", "not-now", "reference-in-use", "option-in-use", "length-required", "version-moved",
        "version-required", "too-large", "media-type", "refused-by-bex", "unchanged",
    ),
    "resolveWaybill": (
        "not-found", "not-now", "number-not-confirmed", "number-in-use", "length-required", "version-moved",
        "too-large", "media-type", "courier-unreachable",
    ),
    "getWaybill": ("not-found",),
    "listEvents": ("not-found",),
    "getLabel": ("not-found", "document-refused", "courier-unreachable"),
    "getEwaybill": ("not-found", "document-refused", "courier-unreachable"),
    "listWebhooks": ("not-found",),
    "listDeliveries": ("not-found",),
}  # fmt: skip
RATE_HEADERS = {
    "RateLimit": {"schema": {"type": "string"}, "description": 'What is left, for instance `"key";r=597;t=32`.'},
    "RateLimit-Policy": {"schema": {"type": "string"}, "description": 'Calls in a window, `"key";q=600;w=60`.'},
}
TEXT = {"schema": {"type": "string"}, "required": True}
SECONDS = {"schema": {"type": "string"}, "description": "Seconds after which another try makes sense."}
ERROR_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": TEXT},
    405: {"Allow": TEXT},
    409: {"Retry-After": {**SECONDS, "description": "Where it will be open by itself: after how many seconds."}},
    424: {"Retry-After": {**SECONDS, "required": True}},
    429: {"Retry-After": {**SECONDS, "required": True}, **RATE_HEADERS},
    503: {"Retry-After": {**SECONDS, "required": True}},
}
ETAG = {**TEXT, "description": "For If-None-Match; a waybill's begins with its version, for If-Match."}
MADE_AT = {
    "schema": {"type": "string", "format": "uri-reference"}, "description": "Where it is found from now on.",
    "required": True,
}  # fmt: skip
APPLIED = {"schema": {"type": "string"}, "description": "`respond-async`, where that was preferred."}
OF_BOOKINGS: dict[str, Any] = {"Location": MADE_AT, "ETag": ETAG, "Preference-Applied": APPLIED}
HEADERS: dict[str, dict[str, Any]] = {
    "createQuote": {"Location": MADE_AT}, "createWaybill": OF_BOOKINGS, "correctWaybill": OF_BOOKINGS,
    "resolveWaybill": {"Location": MADE_AT, "ETag": ETAG},
}  # fmt: skip
NEEDED = ("Idempotency-Key", "If-Match")
PATTERNS = {"Idempotency-Key": "^[^,]*$"}
IF_NONE_MATCH = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag that you have: 304 where nothing changed.",
}  # fmt: skip


def described(api: NinjaAPI, public_url: str) -> dict[str, Any]:
    """OpenAPI 3.1. Every error is there as `application/problem+json`, also those that ninja itself makes."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="api/v1/"))
    found["servers"] = [{"url": public_url}]
    found["components"]["schemas"]["Problem"] = PROBLEM
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method)
            _exemplify(operation, path)
    return found


def _complete(operation: dict[str, Any], method: str) -> None:
    responses = {str(code): answer for code, answer in operation["responses"].items()}
    for answer in responses.values():
        answer["headers"] = {**RATE_HEADERS, **HEADERS.get(operation["operationId"], {})}
        answer["description"] = answer.get("description") or "OK"
    for parameter in operation.setdefault("parameters", []):
        if parameter["in"] == "header" and "anyOf" in parameter["schema"]:
            parameter["schema"] = parameter["schema"]["anyOf"][0]  # a header is never null
            parameter["required"] = parameter["name"] in NEEDED
            if parameter["name"] in PATTERNS:
                parameter["schema"]["pattern"] = PATTERNS[parameter["name"]]
    if method == "get":
        operation["parameters"].append(dict(IF_NONE_MATCH))
        responses["200"]["headers"]["ETag"] = ETAG
        responses["304"] = {"description": "Not modified", "headers": {"ETag": ETAG}}
    by_status: dict[int, list[str]] = {}
    for kind in (*EVERYWHERE, *ALSO.get(operation["operationId"], ())):
        by_status.setdefault(KINDS[kind][0], []).append(kind)
    for status, kinds in sorted(by_status.items()):
        shown = {kind: {"value": examples.problem(kind, operation["operationId"])} for kind in kinds}
        responses[str(status)] = {
            "description": "; ".join(f"{KINDS[kind][1]} (`{kind}`)" for kind in kinds),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": shown}},
            **({"headers": ERROR_HEADERS[status]} if status in ERROR_HEADERS else {}),
        }
    operation["responses"] = dict(sorted(responses.items()))


def _exemplify(operation: dict[str, Any], path: str) -> None:
    day, name = examples.coming_day(), operation["operationId"]
    for parameter in operation["parameters"]:
        parameter["example"] = examples.parameters(day, path)[parameter["name"]]
    if "requestBody" in operation:
        bodies = examples.requests(day)[name]
        operation["requestBody"]["content"][JSON]["examples"] = {
            title: {"value": body} for title, body in bodies.items()
        }
    for shown, value in examples.answers(day).get(name, {}).items():
        status, _, title = shown.partition(":")
        content = operation["responses"][status]["content"][JSON]
        content.setdefault("examples", {})[title or "as-it-comes"] = {"value": value}
