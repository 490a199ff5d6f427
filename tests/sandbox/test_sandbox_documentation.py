"""The page of documentation names everything that there is, and its examples work."""

import json
import re

import pytest

from sandbox.control import ROUTES, VERBS
from sandbox.faults import KINDS
from sandbox.identities import ACCOUNTS, IDENTITIES
from sandbox.settings import DEFAULTS
from tests.sandbox.harness import ROOT, Box

PAGE = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
ARMED = re.findall(r"^curl -s \$U -d '(.+)'$", PAGE, re.MULTILINE)


def test_every_control_fault_and_setting_is_named() -> None:
    assert set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == {*KINDS, *DEFAULTS}
    assert [path for _, path in ROUTES if f"/_sandbox/{path}`" not in PAGE and f"/_sandbox/{path} " not in PAGE] == []
    assert [verb for verb in VERBS if f"/{verb}`" not in PAGE] == []


def test_everybody_who_may_ship_is_named() -> None:
    for username, password, number, *_, key in IDENTITIES:
        assert re.search(rf"`{username}` \| `{password}`.* \| {number} \| .* \| `{key}` \|", PAGE)
    assert [number for number, *_ in ACCOUNTS if number not in PAGE] == []


def test_there_is_an_example_of_each_fault() -> None:
    assert {json.loads(wish)["kind"] for wish in ARMED} == set(KINDS)


@pytest.mark.parametrize("wish", ARMED)
def test_each_example_arms_its_fault(box: Box, wish: str) -> None:
    wished = json.loads(wish)
    commit = wished.pop("commit", None)
    armed = box.control("faults", wished if commit is None else {**wished, "commit": commit})
    assert armed.items() >= wished.items()
    assert commit is None or armed["commits"] is commit
