"""`python -m bexapi` as somebody at a shell has it, against the courier in a box."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from bexapi.__main__ import main
from tests.courier import Courier

ROOT = Path(__file__).resolve().parents[2]
USER, PASSWORD = "demo@rooibok.example", "demo-password"
ROUTE = ("--from", "Sandton 2196", "--to", "Cape Town 8001", "--parcel", "40x30x30:4.5")


def bexapi(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bexapi", *arguments],
        cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], **environment},
    )  # fmt: skip


def monday() -> str:
    day = date.today() + timedelta(days=14)
    return (day - timedelta(days=day.weekday())).isoformat()


def token_at(courier: Courier) -> str:
    said = bexapi("--url", courier.url, "--json", "login", USER, stdin=PASSWORD + "\n")
    [found] = json.loads(said.stdout)
    assert (found["identity"], found["strong_password"], found["email_verified"]) == (19696, True, True)
    return str(found["token"])


def test_log_in_then_prices(courier: Courier) -> None:
    token = token_at(courier)
    quoted = bexapi("quote", "316085", *ROUTE, "--date", monday(), BEX_TOKEN=token, BEX_API_URL=courier.url)
    assert (quoted.returncode, quoted.stderr) == (0, "")
    head, *rows = quoted.stdout.splitlines()
    assert head.split() == ["code", "add_on", "service", "total", "delivered_by", "guaranteed", "cut_off"]
    assert any(row.startswith("ONC ") and "OVERNIGHT COURIER" in row for row in rows)


def test_tracking_as_a_table_and_as_json(courier: Courier) -> None:
    numbers = courier.control("plant", {"account": "316085", "count": 12})["numbers"]
    rows = json.loads(bexapi("--url", courier.url, "--json", "track", *numbers, "NOSUCH1").stdout)
    assert {row["number"] for row in rows} == {*numbers, "NOSUCH1"}
    assert rows[-1] == {"number": "NOSUCH1", "shipment": "", "at": None, "event": "not found"}
    table = bexapi("--url", courier.url, "track", numbers[0]).stdout
    assert "Shipment integrated to courier system" in table


def test_a_refusal_is_printed_in_the_couriers_words(courier: Courier) -> None:
    refused = bexapi("--url", courier.url, "login", USER, stdin="wrong\n")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("BEX refused: ")
    assert "wrong" not in refused.stderr.removeprefix("BEX refused: ").split()


def test_nobody_there_is_told_apart() -> None:
    nobody = bexapi("--url", "http://127.0.0.1:9", "track", "ACP1")
    assert (nobody.returncode, nobody.stdout) == (3, "")
    assert "Traceback" not in nobody.stderr


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["quote", "316085", *ROUTE], "BEX_TOKEN"),
        (["--url", "http://api.bex.co.za", "track", "ACP1"], "http"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], wanted: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BEX_TOKEN", raising=False)
    assert main(arguments) == 2
    assert wanted in capsys.readouterr().err


def test_parcels_that_weigh_nothing_together_are_a_wrong_argument(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEX_TOKEN", "t")
    weightless = ["--parcel", "40x30x30:0", "--parcel", "40x30x30:0.004"]
    assert main(["--url", "http://127.0.0.1:9", "quote", "316085", *ROUTE[:4], *weightless]) == 2
    assert "nothing was sent" in capsys.readouterr().err


def test_a_number_with_a_space_at_its_end_is_asked_for_and_found_once(courier: Courier) -> None:
    [number] = courier.control("plant", {"account": "316085", "count": 1})["numbers"]
    told = bexapi("--url", courier.url, "--json", "track", f"{number} ", f" {number}")
    assert told.returncode == 0, told.stderr
    rows = json.loads(told.stdout)
    assert {row["number"] for row in rows} == {number}
    assert "not found" not in told.stdout
    assert len(rows) == len(json.loads(bexapi("--url", courier.url, "--json", "track", number).stdout))


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("--from", "Sandton", "a code of four digits"),
        ("--parcel", "40x30:4.5", "sides in cm"),
        ("--parcel", "0x30x30:4.5", "no side of a parcel is 0 cm"),
        ("--parcel", "40x30x0.0:4.5", "no side of a parcel is 0 cm"),
        ("--parcel", "99999999x30x30:4.5", "99999999x30x30:4.5"),
        ("--date", "soon", "soon"),
    ],
)
def test_a_wrong_argument_says_what_is_wanted(
    option: str, value: str, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["quote", "316085", *ROUTE, option, value])
    assert ended.value.code == 2
    assert wanted in capsys.readouterr().err


def test_options_stand_before_or_after_the_verb(courier: Courier) -> None:
    [number] = courier.control("plant", {"account": "316085", "count": 1})["numbers"]
    before = bexapi("--url", courier.url, "--json", "track", number)
    after = bexapi("track", number, "--json", "--url", courier.url)
    assert json.loads(before.stdout) == json.loads(after.stdout)
    assert bexapi("--version").stdout.startswith("bexapi ")


def test_no_password_is_no_log_in() -> None:
    said = bexapi("--url", "http://127.0.0.1:9", "login", USER, stdin="\n")
    assert (said.returncode, said.stdout) == (2, "")
    assert "nothing was sent" in said.stderr


def test_a_shell_that_cannot_spell_what_came_gets_it_all_the_same(courier: Courier) -> None:
    [number] = courier.control("plant", {"account": "316085", "count": 1})["numbers"]
    courier.control(f"waybills/{number}/event", {"description": "Môre weer"})
    told = bexapi("--url", courier.url, "track", number, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (told.returncode, told.stderr) == (0, "")
    assert "M\\xf4re weer" in told.stdout


def test_a_reader_that_has_seen_enough_ends_it_quietly(courier: Courier) -> None:
    numbers = courier.control("plant", {"account": "316085", "count": 10})["numbers"]
    told = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m bexapi --url {courier.url} track {' '.join(numbers)} | true"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (told.stdout, told.stderr) == ("", "")
