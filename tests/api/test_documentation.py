"""The page for integrators: its commands are run as they stand there."""

import argparse
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client

from accounts import api_keys
from accounts.identities import log_in
from accounts.models import Address, ShippingAccount, User
from bexportal import examples
from bexportal.problems import KINDS
from tests.api.conftest import ALL
from tests.courier import Courier
from tests.making import SENDER, coming_monday

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
pytestmark = pytest.mark.django_db(transaction=True)


def commands() -> list[str]:
    """Each curl of the page, its continued lines as one."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    text = "".join(block for block in blocks if "curl" in block).replace("\\\n", " ")
    return ["curl" + one.rstrip() for one in re.split(r"^curl", text, flags=re.MULTILINE)[1:]]


def run(command: str) -> requests.Response:
    """What curl does with it; not every machine has one."""
    curl = argparse.ArgumentParser()
    curl.add_argument("url")
    curl.add_argument("-sS", action="store_true")
    curl.add_argument("-H", action="append", default=[])
    curl.add_argument("-d")
    curl.add_argument("-o")
    said = curl.parse_args(shlex.split(command)[1:])
    headers = dict(header.split(": ", 1) for header in said.H)
    method = "POST" if said.d else "GET"
    return requests.request(method, said.url, data=(said.d or "").encode() or None, headers=headers, timeout=60)


def test_every_command_of_the_page_does_what_it_says(live_server: Any, courier: Courier, settings: Any) -> None:
    settings.BEX_API_URL = courier.url
    admin = User.objects.create_superuser("nomsa", "nomsa@rooibok.example")
    identity = log_in(label="Main", username="demo@rooibok.example", password="demo-password", by=admin)
    ShippingAccount.objects.create(
        number="316085", name="Head office", identity=identity, default_sender=Address.objects.create(**SENDER)
    )
    known = {"DAY": coming_monday().isoformat(), "PORTAL": live_server.url}
    known |= {"KEY": api_keys.create(admin, name="ERP", scopes=ALL, by=admin)[1]}
    said = []
    for command in commands():
        text = command
        for name, value in known.items():
            text = text.replace(f"${name}", value)
        response = run(text)
        said.append(response.status_code)
        if response.status_code == 201 and "waybill_number" in response.text:
            known["ID"] = response.json()["id"]
        last = response
    assert last.json()["items"][0]["id"] == known["ID"]
    assert said == [201, 201, 200, 200, 200, 200]


def test_the_kinds_of_problems_that_it_names_exist() -> None:
    assert {"refused-by-bex", "invalid"} <= set(KINDS)
    assert re.search(api_keys.PATTERN.pattern.replace("{38}", r"\{38\}"), PAGE) or "bexp_[0-9A-Za-z]{38}" in PAGE


@pytest.mark.django_db
def test_the_page_shows_types_errors_and_examples_of_each_call() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    assert "<code>links.self</code>" in page
    assert "Either <code>service_code</code> or <code>quote_option</code>" in page
    assert page.count("What may go wrong") == 14
    assert "&quot;pointer&quot;" not in page
    assert examples.coming_day().isoformat() in page
    assert "length_cm (needed)" in page
