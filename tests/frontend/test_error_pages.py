"""Error pages help, and need nothing that may be what failed: no database, no session, no context."""

import re

import pytest
from django.template.loader import render_to_string

PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "maintenance.html"]


@pytest.mark.parametrize("name", PAGES)
def test_an_error_page_is_complete_without_any_context(name: str) -> None:
    html = render_to_string(name)
    assert len(re.findall(r"<h1>[^<]{10,}</h1>", html)) == 1
    assert re.search(r"<title>[^<]+ · bexportal</title>", html)
    assert 'href="/"' in html or ">Try again</a>" in html
    assert "portal" in re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)[0]
    assert 'name the request <span class="ref">' not in html


@pytest.mark.parametrize("name", PAGES)
def test_the_request_is_named_where_it_is_known(name: str) -> None:
    assert '<span class="ref">7f3a9c20</span>' in render_to_string(name, {"request_id": "7f3a9c20"})


def test_a_refusal_may_say_why_and_cannot_inject_markup() -> None:
    assert "May not book on 316085 &lt;b&gt;" in render_to_string(
        "403.html", {"exception": "May not book on 316085 <b>"}
    )
