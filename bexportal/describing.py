"""The API's description: what ninja says, put right about errors, headers and examples, and as a page."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI

from bexportal.problems import KINDS, MEDIA_TYPE, WHERE

INTRODUCTION = (
    "Quote, book, print and track with BEX. Every call carries `Authorization: Bearer` and a key of this portal; what "
    "the key's owner may do, the key may do, within its scopes and accounts. Money is text with its currency, times "
    "carry their zone, errors are problem documents (RFC 9457)."
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
EXAMPLE_DAY = "2026-11-27"
EVERYWHERE = (
    "malformed", "unauthorized", "scope-missing", "method-not-allowed", "invalid", "rate-limited", "error",
    "maintenance",
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
}  # fmt: skip
RATE_HEADERS = {
    "RateLimit": {"schema": {"type": "string"}, "description": 'What is left, for instance `"key";r=597;t=32`.'},
    "RateLimit-Policy": {"schema": {"type": "string"}, "description": 'Calls in a window, `"key";q=600;w=60`.'},
}
SECONDS = {"schema": {"type": "string"}, "description": "Seconds after which another try makes sense."}
ERROR_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    405: {"Allow": {"schema": {"type": "string"}}},
    409: {"Retry-After": SECONDS},
    424: {"Retry-After": SECONDS},
    429: {"Retry-After": SECONDS, **RATE_HEADERS},
    503: {"Retry-After": SECONDS},
}
MADE_AT = {"schema": {"type": "string", "format": "uri-reference"}, "description": "Where it is found from now on."}
APPLIED = {"schema": {"type": "string"}, "description": "`respond-async`, where that was preferred."}
NEEDED = ("Idempotency-Key", "If-Match")
IF_NONE_MATCH = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag that you have: 304 where nothing changed.",
}  # fmt: skip


def described(api: NinjaAPI, public_url: str) -> dict[str, Any]:
    """OpenAPI 3.1. Every error is there as `application/problem+json`, also those that ninja itself makes."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="api/v1/"))
    found = _dated(found)
    found["servers"] = [{"url": public_url}]
    found["components"]["schemas"]["Problem"] = PROBLEM
    for methods in found["paths"].values():
        for method, operation in methods.items():
            _complete(operation, method)
    return found


def _dated(part: Any) -> Any:
    """Examples that can be sent as they stand: their day is a coming one."""
    if isinstance(part, dict):
        return {name: _dated(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_dated(value) for value in part]
    return coming_day() if part == EXAMPLE_DAY else part


def coming_day() -> str:
    """The next Monday, as bodies write a day."""
    today = timezone.localdate()
    return (today + timedelta(days=7 - today.weekday())).isoformat()


def _complete(operation: dict[str, Any], method: str) -> None:
    responses = {str(code): answer for code, answer in operation["responses"].items()}
    for code, answer in responses.items():
        answer["headers"] = dict(RATE_HEADERS)
        if code in {"201", "202"}:
            answer["headers"]["Location"] = MADE_AT
        if code == "202":
            answer["headers"]["Preference-Applied"] = APPLIED
        answer["description"] = answer.get("description") or "OK"
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "header" and "anyOf" in parameter["schema"]:
            parameter["schema"] = parameter["schema"]["anyOf"][0]  # a header is never null
            parameter["required"] = parameter["name"] in NEEDED
    if method == "get":
        operation.setdefault("parameters", []).append(IF_NONE_MATCH)
        responses["200"]["headers"]["ETag"] = {"schema": {"type": "string"}}
        responses["304"] = {"description": "Not modified"}
    by_status: dict[int, list[str]] = {}
    for kind in (*EVERYWHERE, *ALSO.get(operation["operationId"], ())):
        by_status.setdefault(KINDS[kind][0], []).append(kind)
    for status, kinds in sorted(by_status.items()):
        responses[str(status)] = {
            "description": "; ".join(f"{KINDS[kind][1]} (`{kind}`)" for kind in kinds),
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _problem_example(kinds[0])}
            },
            **({"headers": ERROR_HEADERS[status]} if status in ERROR_HEADERS else {}),
        }
    operation["responses"] = dict(sorted(responses.items()))


def _problem_example(kind: str) -> dict[str, Any]:
    status, title = KINDS[kind]
    return {
        "type": f"{WHERE}#{kind}", "title": title, "status": status, "detail": f"{title}.",
        "request_id": "8276d850c0edde19",
    }  # fmt: skip


def readable(description: dict[str, Any]) -> dict[str, Any]:
    """The same for a template: operations by tag, fields of bodies and answers, kinds of problems."""
    schemas = description["components"]["schemas"]
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for address, methods in description["paths"].items():
        for method, operation in methods.items():
            body = _schema(operation.get("requestBody", {}), schemas)
            by_tag.setdefault(operation["tags"][0], []).append(
                {
                    "method": method.upper(), "address": address, "id": operation["operationId"],
                    "summary": operation.get("description", ""), "parameters": operation.get("parameters", []),
                    "fields": _fields(body, schemas), "example": (body.get("examples") or [None])[0],
                    "answers": _answers(operation, schemas),
                    "errors": [
                        (status, answer["description"])
                        for status, answer in operation["responses"].items()
                        if status >= "4"
                    ],
                }
            )  # fmt: skip
    return {
        "introduction": description["info"]["description"],
        "tags": by_tag.items(),
        "problems": [{"kind": kind, "status": status, "title": title} for kind, (status, title) in KINDS.items()],
        "address": reverse("api-description"),
    }


def _answers(operation: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"status": status, "words": answer["description"], "fields": _fields(_schema(answer, schemas), schemas)}
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]


def _schema(part: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return _followed(found, schemas)


def _followed(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    while True:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
        elif "items" in schema:
            schema = schema["items"]
        elif "anyOf" in schema:
            schema = next((one for one in schema["anyOf"] if one.get("type") != "null"), {})
        elif len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        else:
            return schema


def _type(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """`text`, `list of objects`, `number or text` …"""
    if "anyOf" in schema:
        said = dict.fromkeys(_type(one, schemas) for one in schema["anyOf"])
        return " or ".join(said)
    followed = schema if "items" in schema else _followed(schema, schemas)
    if "enum" in followed:
        return "one of " + ", ".join(map(str, followed["enum"]))
    if followed.get("type") == "array":
        return f"list of {_type(followed['items'], schemas)}s"
    names = {"string": "text", "integer": "whole number"}
    kind = str(followed.get("type", "object"))
    return str(followed.get("format", names.get(kind, kind)))


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", ()))
    return [
        {
            "name": name, "required": name in required, "words": told.get("description", ""),
            "type": _type(told, schemas),
            "inner": [
                (inner, inner in _followed(told, schemas).get("required", ()))
                for inner in _followed(told, schemas).get("properties", {})
            ],
        }
        for name, told in schema.get("properties", {}).items()
    ]  # fmt: skip
