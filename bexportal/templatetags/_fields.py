"""How a form's field and its errors are drawn: label above, hint below, error beside, joined for screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from django import forms
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.utils.safestring import SafeString

# Options of the tag itself; whatever else is given becomes an attribute of the control.
_OPTIONS = frozenset(
    {"label", "hint", "unit", "before", "width", "optional", "num", "bare", "combo", "prefix", "include", "min"}
)
_NUMERIC_MODES = frozenset({"decimal", "numeric"})


class Problem(TypedDict):
    id: str
    label: str
    text: str


def _is_number(widget: forms.Widget, attrs: Mapping[str, Any]) -> bool:
    return isinstance(widget, forms.NumberInput) or attrs.get("inputmode") in _NUMERIC_MODES


def _shape(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "choice"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "group"
    return "input"


def _attrs(widget: forms.Widget, options: Mapping[str, Any]) -> dict[str, Any]:
    attrs = {name.replace("_", "-"): value for name, value in options.items() if name not in _OPTIONS}
    if _shape(widget) == "input":
        # A number is aligned by its last digit, wherever it is typed.
        known = {**widget.attrs, **attrs}
        numeric = options.get("num", _is_number(widget, known))
        classes = [known.get("class", ""), "input", "num" if numeric else ""]
        attrs["class"] = " ".join(word for word in classes if word)
    return attrs


def field_context(bound: BoundField, options: Mapping[str, Any]) -> dict[str, Any]:
    """What `_field.html` draws. Django itself joins the control to `<id>_helptext` and `<id>_error`."""
    # Django reads the hint from here when it writes aria-describedby.
    bound.help_text = options.get("hint", bound.help_text)
    widget = bound.field.widget
    return {
        "field": bound,
        "shape": _shape(widget),
        "label": options.get("label", bound.label),
        "control": SafeString(bound.as_widget(attrs=_attrs(widget, options))),
        **{name: options.get(name, "") for name in _OPTIONS - {"label", "hint", "num"}},
    }


def _target(bound: BoundField) -> str:
    """The id to go to: the control's, or the first one's of a group. What is hidden cannot be gone to."""
    if bound.is_hidden:
        return ""
    return f"{bound.auto_id}_0" if _shape(bound.field.widget) == "group" else bound.id_for_label


def _form_problems(form: forms.BaseForm, where: str = "") -> Iterable[Problem]:
    for text in form.non_field_errors():
        yield {"id": "", "label": where.rstrip(", "), "text": str(text)}
    for bound in form:
        for text in bound.errors:
            yield {"id": _target(bound), "label": f"{where}{bound.label}", "text": str(text)}


def _problems(form: forms.BaseForm | BaseFormSet[Any]) -> Iterable[Problem]:
    if isinstance(form, BaseFormSet):
        for text in form.non_form_errors():
            yield {"id": "", "label": "", "text": str(text)}
        for number, line in enumerate(form.forms, start=1):
            yield from _form_problems(line, f"Line {number}, ")
    else:
        yield from _form_problems(form)


def summary_context(forms_shown: Iterable[forms.BaseForm | BaseFormSet[Any] | None], title: str) -> dict[str, Any]:
    """All errors of the bound forms, in the order of the page. Without any, nothing is drawn."""
    problems = [p for form in forms_shown if form is not None and form.is_bound for p in _problems(form)]
    count = "1 thing to correct" if len(problems) == 1 else f"{len(problems)} things to correct"
    return {"problems": problems, "title": title or count}
