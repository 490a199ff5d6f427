"""Data for scripts, in attributes: `data-fill="{{ values|as_json }}"`. The template's escaping makes it safe there."""

import json
from typing import Any

from django import template

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    return json.dumps(value)
