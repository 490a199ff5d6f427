"""The API's description for people: its operations by tag, what they take, what they answer, what may go wrong."""

import json
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bexportal.problems import KINDS

JSON = "application/json"


def readable(description: dict[str, Any]) -> dict[str, Any]:
    """The same for a template: operations by tag, fields of bodies and answers, kinds of problems."""
    schemas = description["components"]["schemas"]
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for address, methods in description["paths"].items():
        for method, operation in methods.items():
            asked = operation.get("requestBody", {})
            body = _schema(asked, schemas)
            by_tag.setdefault(operation["tags"][0], []).append(
                {
                    "method": method.upper(), "address": address, "id": operation["operationId"],
                    "summary": marked(operation.get("description", "")), "about": marked(body.get("description", "")),
                    "parameters": [
                        {**one, "description": marked(one.get("description", ""))}
                        for one in operation.get("parameters", [])
                    ],
                    "fields": _fields(body, schemas), "examples": _examples(asked),
                    "answers": _answers(operation, schemas),
                    "errors": [
                        (status, marked(answer["description"]))
                        for status, answer in operation["responses"].items()
                        if status >= "4"
                    ],
                }
            )  # fmt: skip
    return {
        "introduction": marked(description["info"]["description"]),
        "tags": by_tag.items(),
        "problems": [{"kind": kind, "status": status, "title": title} for kind, (status, title) in KINDS.items()],
        "address": reverse("api-description"),
    }


def marked(text: str) -> SafeString:
    """What stands between backticks is code; everything is escaped."""
    parts = (("<code>{}</code>" if place % 2 else "{}", part) for place, part in enumerate(text.split("`")))
    return format_html_join("", "{}", ((format_html(form, part),) for form, part in parts))


def _answers(operation: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "status": status,
            "words": marked(answer["description"]),
            "fields": _fields(_schema(answer, schemas), schemas),
            "examples": _examples(answer),
        }
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]


def _examples(part: dict[str, Any]) -> list[tuple[str, str]]:
    """Each with what it shows in words."""
    shown = part.get("content", {}).get(JSON, {}).get("examples", {})
    return [(name.replace("-", " "), json.dumps(one["value"], indent=2)) for name, one in shown.items()]


def _schema(part: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("content", {}).get(JSON, {}).get("schema", {})
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
            "name": name, "required": name in required, "words": marked(told.get("description", "")),
            "type": _type(told, schemas),
            "inner": [
                (inner, inner in _followed(told, schemas).get("required", ()))
                for inner in _followed(told, schemas).get("properties", {})
            ],
        }
        for name, told in schema.get("properties", {}).items()
    ]  # fmt: skip
