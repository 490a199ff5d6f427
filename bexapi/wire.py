"""JSON to and from BEX. It types loosely: names in any case, numbers and booleans as text, blank in three ways."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_UP, Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Self

from bexapi.clock import SAST
from bexapi.redaction import Secret, clean, hide

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_TRUE = frozenset({"true", "1", "yes", "y"})
_FALSE = frozenset({"false", "0", "no", "n"})
_TOO_BIG = Decimal(10) ** 12  # no price, weight or identity number of a courier comes near
_EXPONENTS = range(-340, 13)  # as small as a sum of doubles, printed in full, comes out
_MOST_DIGITS = 40
_YEARS = range(1970, 2200)


class ExactNumber(float):
    """A JSON number that keeps its decimal digits.

    Python's own encoder knows no Decimal. What is sent is written by ``dumps`` from ``exact``. Being a float, the
    number can also be stored by any JSON encoder, and a value whose float would not be written as the very same
    number is refused with ValueError: both texts are one number.
    """

    exact: Decimal

    def __new__(cls, exact: Decimal) -> Self:
        number = super().__new__(cls, exact)
        if Decimal(float.__repr__(number)) != exact:
            raise ValueError("a number has more digits than JSON carries safely")
        number.exact = exact
        return number

    def __getnewargs__(self) -> tuple[Decimal]:  # type: ignore[override] # copies are made from the digits
        return (self.exact,)


def text(value: str) -> str:
    """``value``, where BEX expects a text. Raises TypeError for anything else, None included."""
    if not isinstance(value, str):
        raise TypeError("names, numbers and references are texts")
    return value


def day(value: date) -> str:
    """``YYYY-MM-DD``. Raises TypeError for what is no date."""
    if not isinstance(value, date):
        raise TypeError("a day is a date")
    return value.strftime("%Y-%m-%d")


def number(value: Decimal | int, places: int) -> int | ExactNumber:
    """The JSON number for ``value``, rounded up (away from zero) to that many places.

    Raises TypeError for a float, ValueError for what is not finite or has too many digits.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError("weights, amounts and degrees are Decimal")
    exact = Decimal(value)
    if not exact.is_finite() or exact.copy_abs() >= _TOO_BIG:
        raise ValueError("weights, amounts and degrees are finite and below 10^12")
    exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_UP)
    return int(exact) if exact == int(exact) else ExactNumber(exact)


def dumps(value: object) -> str:
    """JSON with letters outside ASCII as they are. Raises TypeError for what has no place in it, floats included."""
    return "".join(_pieces(value))


def _pieces(value: object) -> Iterator[str]:
    match value:
        case None | bool():
            yield json.dumps(value)
        case str():
            yield encode_basestring(clean(value))
        case int():
            yield int.__repr__(value)
        case ExactNumber():
            yield f"{value.exact:f}"
        case Decimal():
            yield f"{value:f}"
        case Mapping():
            yield from _joined("{}", ((f"{encode_basestring(str(name))}: ", item) for name, item in value.items()))
        case list() | tuple():
            yield from _joined("[]", (("", item) for item in value))
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a request to BEX")


def _joined(brackets: str, members: Iterator[tuple[str, object]]) -> Iterator[str]:
    yield brackets[0]
    for place, (label, item) in enumerate(members):
        yield f", {label}" if place else label
        yield from _pieces(item)
    yield brackets[1]


def decode(body: bytes) -> str:
    """The text of a reply. UTF-8, with or without a BOM; what is not is taken for Windows' western letters."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def loads(text: str) -> object:
    """JSON without a single float: fractions are Decimal, what is no finite number is None. Raises ValueError."""
    try:
        value: object = json.loads(
            text, parse_float=decimal, parse_int=_integer, parse_constant=lambda _: None, strict=False
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def decimal(text: str) -> Decimal | None:
    """The number, None when it is not one that can be read without guessing (``1,234.50``) or is beyond reason."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    # copy_abs, for abs() works in a context and overflows on 1e9999999.
    if not value.is_finite() or value.copy_abs() >= _TOO_BIG or value.as_tuple().exponent not in _EXPONENTS:
        return None
    return value


class Fields:
    """A JSON object read loosely: names in any case, absent, ``null`` and ``""`` the same, the unknown ignored.

    Each reader takes the names under which BEX is known to send the attribute; the first that is not blank counts.
    Texts come without the given secrets, should BEX have sent one back.
    """

    def __init__(self, values: Mapping[str, object], secrets: Sequence[Secret] = ()) -> None:
        self._secrets = secrets
        self._values: dict[str, object] = {}
        for name, value in values.items():
            lower = name.lower()
            if self._values.get(lower) in (None, ""):
                self._values[lower] = value

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def value(self, *names: str) -> object:
        for name in names:
            value = self._values.get(name.lower())
            if value is not None and value != "":
                return value
        return None

    def text(self, *names: str) -> str:
        """Trimmed; a number as its digits; '' for anything else."""
        return hide(self.secret(*names), self._secrets)

    def texts(self, names: Sequence[str]) -> list[str]:
        """The texts under these names, given in lower case: for tables, of which there are many rows."""
        found = []
        for name in names:
            value = self._values.get(name)
            plain = isinstance(value, str) and value.isascii() and "\0" not in value and not self._secrets
            found.append(str(value).strip() if plain else self.text(name))
        return found

    def secret(self, *names: str) -> str:
        """The same with secrets left in, for the one attribute that is a secret."""
        value = self.value(*names)
        if isinstance(value, str):
            return clean(value).strip()
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return ""
        return clean(f"{value:f}" if isinstance(value, Decimal) else str(value)).strip()

    def text_named_like(self, part: str) -> str:
        """The first text, untrimmed, of an attribute whose name holds ``part`` (lower case)."""
        texts = (value for name, value in self._values.items() if part in name and isinstance(value, str))
        return hide(clean(next((text for text in texts if text.strip()), "")), self._secrets)

    def decimal(self, *names: str) -> Decimal | None:
        value = self.value(*names)
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            return None
        if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
            return None
        return decimal(str(value).strip())

    def integer(self, *names: str) -> int | None:
        value = self.decimal(*names)
        return int(value) if value is not None and value == int(value) else None

    def flag(self, *names: str) -> bool | None:
        """True, False, or None when BEX does not say or says something else."""
        value = self.value(*names)
        text = str(value).strip().lower() if isinstance(value, str | int | Decimal) else ""
        return True if text in _TRUE else False if text in _FALSE else None

    def moment(self, *names: str) -> datetime | None:
        """An aware time from ``YYYY-MM-DD HH:MM:SS``; None when it cannot be read so."""
        text = self.text(*names).replace("T", " ")
        return moment(text, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")

    def rows(self, name: str) -> list["Fields"]:
        """The objects of a list; a single object counts as a list of one."""
        value = self.value(name)
        rows = value if isinstance(value, list) else [value]
        return [Fields(row, self._secrets) for row in rows if isinstance(row, dict)]


def moment(text: str, *formats: str) -> datetime | None:
    """The time in South Africa that ``text`` says in one of the formats, else None."""
    for form in formats:
        try:
            read = datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        return read.replace(tzinfo=SAST) if read.year in _YEARS else None
    return None
