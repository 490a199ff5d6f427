"""Numbers as people here write them: 40,5 and 1 200,50 as well as 40.5 and 1,200.50."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

SPACES = re.compile(r"\s")
WRITTEN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
ABOUT_DIGITS = frozenset({"max_digits", "max_whole_digits"})


class NumberField(forms.DecimalField):
    """A point or a comma before the fraction; spaces, or the other of the two, between thousands.

    The totals in static/js/totals.js read the same. `1e3` is no number: nobody means it. One mistake is said once: what
    is too large is not said to have too many digits as well.
    """

    default_error_messages = {
        "max_digits": "That is too large, or has too many places.",
        "max_whole_digits": "That is too large.",
    }

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs={"inputmode": "decimal"}), **more})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = plain(value)
            if value and not WRITTEN.fullmatch(value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def run_validators(self, value: Any) -> None:
        try:
            super().run_validators(value)
        except ValidationError as found:
            telling = [error for error in found.error_list if error.code not in ABOUT_DIGITS]
            raise ValidationError(telling or found.error_list[:1]) from None


def plain(typed: str) -> str:
    """With a point and nothing else; what is no such number comes back as it was."""
    text = SPACES.sub("", typed)
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    return text.replace(",", ".") if text.count(",") == 1 else text
