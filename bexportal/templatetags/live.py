"""`{% load live %}`: the parts of a page that are brought up to date while it stands open (`static/js/follow.js`)."""

import hashlib
import re
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from bexportal.following import EVERY_SECONDS, as_etag

register = template.Library()
# What differs each time it is rendered and says nothing new: tokens of forms, and times that the page counts itself.
_COUNTED = re.compile(r"(<(?:time|span)[^>]*\sdata-(?:ago|until)=[^>]*>)[^<]*")
_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*')


def digest(content: str) -> str:
    """Of what a person reads: another one only where that differs."""
    said = _COUNTED.sub(r"\1", _TOKEN.sub(r"\1", content))
    return hashlib.sha256(" ".join(said.split()).encode()).hexdigest()[:12]


@register.simple_block_tag(takes_context=True)
def live(context: template.Context, content: str, name: Any, says: str = "") -> SafeString:
    """A part of the page, exchanged only where it reads differently; `says` is what a screen reader hears then."""
    return _part(context, "div", name, content, says, 'class="live"')


@register.simple_block_tag(takes_context=True)
def live_row(context: template.Context, content: str, name: Any, says: str = "") -> SafeString:
    """The same for a row of a table."""
    return _part(context, "tr", name, content, says, 'role="row" data-row')


def _part(context: template.Context, tag: str, name: Any, content: str, says: str, attributes: str) -> SafeString:
    swapped = ' hx-swap-oob="true"' if context.get("is_news") else ""
    return format_html(
        '<{tag} {attributes} id="live-{name}" data-live="{digest}" data-says="{says}"{swapped}>{content}</{tag}>',
        tag=mark_safe(tag), attributes=mark_safe(attributes), name=name, digest=digest(content),
        says=" ".join(says.split()), swapped=mark_safe(swapped), content=mark_safe(content),
    )  # fmt: skip


@register.inclusion_tag("_follow.html")
def follow(url: str, version: str, every: int = 0, what: str = "This page") -> dict[str, Any]:
    """Once on a page: where its news is asked for, and what it shows already. `every`: seconds, where it is urgent."""
    return {"url": url, "version": as_etag(version) if version else "", "every": every or EVERY_SECONDS, "what": what}
