"""The API's description: what ninja says, put right about errors, headers and examples, and as a page."""

from typing import Any

from django.urls import reverse
from ninja import NinjaAPI

from bexportal.problems import KINDS, MEDIA_TYPE

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
EVERYWHERE = ("malformed", "unauthorized", "scope-missing", "invalid", "rate-limited", "maintenance")
ALSO: dict[str, tuple[str, ...]] = {
    "createQuote": ("too-large", "media-type", "refused-by-bex", "courier-unreachable"),
    "getQuote": ("not-found",),
    "createWaybill": (
        "key-required", "reference-in-use", "option-in-use", "too-large", "media-type", "refused-by-bex", "key-reused",
    ),
    "correctWaybill": (
        "not-found", "not-now", "version-moved", "version-required", "too-large", "media-type", "refused-by-bex",
        "unchanged",
    ),
    "resolveWaybill": (
        "not-found", "not-now", "number-not-confirmed", "number-in-use", "version-moved", "too-large", "media-type",
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
NEEDED = ("Idempotency-Key", "If-Match")
IF_NONE_MATCH = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag that you have: 304 where nothing changed.",
}  # fmt: skip


def described(api: NinjaAPI, public_url: str) -> dict[str, Any]:
    """OpenAPI 3.1. Every error is there as `application/problem+json`, also those that ninja itself makes."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="api/v1/"))
    found["servers"] = [{"url": public_url}]
    found["components"]["schemas"]["Problem"] = PROBLEM
    for methods in found["paths"].values():
        for method, operation in methods.items():
            _complete(operation, method)
    return found


def _complete(operation: dict[str, Any], method: str) -> None:
    responses = {str(code): answer for code, answer in operation["responses"].items()}
    for answer in responses.values():
        answer["headers"] = dict(RATE_HEADERS)
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
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = dict(sorted(responses.items()))


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


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", ()))
    return [
        {
            "name": name, "required": name in required, "words": told.get("description", ""),
            "inner": sorted(_followed(told, schemas).get("properties", {})),
        }
        for name, told in schema.get("properties", {}).items()
    ]  # fmt: skip
