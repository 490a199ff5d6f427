"""Numbers as people here write them: 40,5 and 1 200,50 as well as 40.5 and 1,200.50."""

import re
from typing import Any

from django import forms

SPACES = re.compile(r"\s")


class NumberField(forms.DecimalField):
    """A point or a comma before the fraction; spaces, or the other of the two, between thousands.

    The totals in static/js/totals.js read the same.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs={"inputmode": "decimal"}), **more})

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain(value) if isinstance(value, str) else value)


def plain(typed: str) -> str:
    """With a point and nothing else; what is no such number comes back as it was."""
    text = SPACES.sub("", typed)
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    return text.replace(",", ".") if text.count(",") == 1 else text
