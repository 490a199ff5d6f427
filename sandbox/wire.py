"""What goes over the wire: loosely typed parameters in, JSON with exact decimals out."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring

CENT = Decimal("0.01")
MOST_DIGITS = 40  # beyond it a number is written with an exponent
SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)


class Refused(Exception):
    """The courier understood the request and says no: HTTP 200 with this text in ``ex``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def dumps(value: object, *, indent: int = 0, newline: str = "\n") -> str:
    """JSON in which a Decimal keeps its digits (``42.50``) and letters outside ASCII stay as they are."""
    return "".join(_pieces(value, indent, newline, 1))


def _pieces(value: object, indent: int, newline: str, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield encode_basestring(value)
    elif value is None:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, Decimal):
        yield f"{value:f}" if abs(value.adjusted()) <= MOST_DIGITS else str(value)
    elif isinstance(value, float):
        yield repr(value)
    elif isinstance(value, Mapping):
        members = ((f"{encode_basestring(str(name))}:{' ' if indent else ''}", item) for name, item in value.items())
        yield from _container("{", "}", members, indent, newline, depth)
    elif isinstance(value, Sequence):
        yield from _container("[", "]", (("", item) for item in value), indent, newline, depth)
    else:
        raise TypeError(f"no JSON for {type(value).__name__}")


def _container(
    opening: str, closing: str, members: Iterator[tuple[str, object]], indent: int, newline: str, depth: int
) -> Iterator[str]:
    yield opening
    inner = newline + " " * (indent * depth) if indent else ""
    between = inner
    for label, item in members:
        yield between
        yield label
        yield from _pieces(item, indent, newline, depth + 1)
        between = "," + inner
    if indent and between != inner:
        yield newline + " " * (indent * (depth - 1))
    yield closing


def loads(raw: bytes | str) -> object:
    """JSON with every fraction as Decimal. Raises ValueError, also for what could not be written again."""
    text = raw if isinstance(raw, str) else raw.decode("utf-8-sig")
    try:
        result: object = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if SURROGATE.search(text):
        dumps(result).encode()  # half a surrogate pair is no character
    return result


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def loads_object(raw: bytes | str) -> dict[str, object]:
    """A JSON object. Raises ValueError."""
    match loads(raw):
        case dict() as value:
            return value
    raise ValueError("the body must be a JSON object")


class Params:
    """Parameters by name, whatever the case of the name; absent, ``null`` and ``""`` are the same."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def raw(self, name: str) -> object:
        return self._values.get(name.lower())

    def text(self, name: str) -> str:
        value = self.raw(name)
        if value is None or isinstance(value, (dict, list)):
            return ""
        return str(value).strip()

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1", "yes")

    def decimal(self, name: str) -> Decimal | None:
        """Raises Refused when there is something and it is no finite number."""
        text = self.text(name)
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise Refused(f"{name} must be a number, '{text[:40]}' is not.") from None
        if not number.is_finite():
            raise Refused(f"{name} must be a number, '{text[:40]}' is not.")
        return number

    def rows(self, name: str) -> list["Params"]:
        """A list of objects; from a query string it comes as JSON text. Raises Refused."""
        value = self.raw(name)
        if isinstance(value, str) and value.strip():
            try:
                value = loads(value)
            except ValueError:
                raise Refused(f"{name} could not be read.") from None
        if value is None or value == "":
            return []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise Refused(f"{name} must be a list.")
        return [Params(row) for row in value]
