"""`default-src 'self'` holds: templates carry no inline script, style or handler, scripts evaluate nothing."""

import gzip
import re
from pathlib import Path

import django_htmx
import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
FORBIDDEN = {
    "an inline style": r"<[^>]+\sstyle\s*=",
    "a style element": r"<style\b",
    "an inline handler": r"<[^>]+\son[a-z]+\s*=",
    "an inline script": r"<script\b(?![^>]*\bsrc=)",
    "a foreign address": r"""(?:src|href|action)=["'](?:https?:)?//""",
    "evaluated htmx": r"hx-on|js:|hx-trigger=[\"'][^\"']*\[",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_carries_nothing_that_the_policy_forbids(path: Path) -> None:
    source = re.sub(r"{#.*?#}", "", path.read_text())
    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, source)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_evaluates_no_text_and_writes_no_style(path: Path) -> None:
    assert re.findall(r"\beval\(|new Function|\.style\b|setAttribute\(\"style\"|cssText", path.read_text()) == []


def test_the_first_visit_is_small() -> None:
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    files = [
        *SCRIPTS,
        ROOT / "static" / "portal.css",
        ROOT / "static" / "icons.svg",
        ROOT / "static" / "favicon.svg",
        htmx,
    ]
    # What is left of the 150 KB belongs to the page itself.
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 75_000
