"""``python -m bexapi``: log in, ask for prices and track from the shell, as a table or as JSON.

Exit codes: 0; 1 refused by BEX, whose words are printed; 2 a wrong argument; 3 no usable answer.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from getpass import getpass
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper

from bexapi import (
    SAST,
    BexClient,
    BexError,
    BexRejected,
    Parcel,
    Place,
    QuoteRequest,
    TrackedShipment,
    volume_cm3,
)

REAL = "https://api.bex.co.za"
ITEMS_A_CALL = 10
LIGHTEST_KG = Decimal("0.01")
"""BEX is told two places."""
Row = Mapping[str, object]
_PARCEL = re.compile(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", re.ASCII)
_PLACE = re.compile(r"(\S.*?)\s+(\d{4})", re.ASCII)


def main(arguments: Sequence[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that this shell cannot spell is no failure
    options = _parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], list[Row]] = options.verb
    try:
        rows = verb(options)
    except BexRejected as refused:
        print(f"BEX refused: {refused.message}", file=sys.stderr)
        return 1
    except BexError as failed:
        print(failed, file=sys.stderr)
        return 3
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    try:
        print(_as_json(rows) if options.json else _as_table(rows), flush=True)
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def login(options: argparse.Namespace) -> list[Row]:
    password = getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise ValueError("There is no password on standard input; nothing was sent.")
    found = BexClient(options.url).login(options.username, password, prefer_alternate_token=options.alternate)
    return [
        {
            "identity": found.identity_number,
            "token": found.token,
            "strong_password": found.is_strong_password,
            "email_verified": found.is_email_verified,
        }
    ]


def quote(options: argparse.Namespace) -> list[Row]:
    token = os.environ.get("BEX_TOKEN", "")
    if not token:
        raise ValueError("Put the token into BEX_TOKEN; `python -m bexapi login` prints one.")
    parcels: list[Parcel] = options.parcel
    weight_kg = sum((parcel.weight_kg for parcel in parcels), Decimal(0))
    if weight_kg < LIGHTEST_KG:
        raise ValueError(f"The parcels weigh {weight_kg} kg together; nothing was sent.")
    request = QuoteRequest(
        account_number=options.account,
        dispatch_date=options.date,
        origin=options.origin,
        destination=options.destination,
        total_weight_kg=weight_kg,
        volume_cm3=volume_cm3(parcels),
    )
    return [
        {
            "code": option.service_code,
            "add_on": option.add_on,
            "service": option.service_name,
            "total": option.total,
            "delivered_by": option.scheduled_delivery,
            "guaranteed": option.is_guaranteed,
            "cut_off": option.cut_off,
        }
        for option in BexClient(options.url, token=token).quote(request).options
    ]


def track(options: argparse.Namespace) -> list[Row]:
    client = BexClient(options.url)
    numbers = list(dict.fromkeys(number.strip() for number in options.numbers))
    rows: list[Row] = []
    for start in range(0, len(numbers), ITEMS_A_CALL):
        called = numbers[start : start + ITEMS_A_CALL]
        found = client.track(called).shipments
        rows += [row for shipment in found for row in _events(shipment)]
        known = {shipment.waybill_number.casefold() for shipment in found}
        rows += [_event(number, "", None, "not found") for number in called if number.casefold() not in known]
    return rows


def _events(shipment: TrackedShipment) -> list[Row]:
    return [
        _event(shipment.waybill_number, shipment.shipment_id, event.at or event.at_text, event.description)
        for event in shipment.events
    ]


def _event(number: str, shipment: str, at: datetime | str | None, text: str) -> Row:
    return {"number": number, "shipment": shipment, "at": at, "event": text}


def _as_json(rows: Sequence[Row]) -> str:
    return json.dumps([{name: _plain(value) for name, value in row.items()} for row in rows], indent=2)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _as_table(rows: Sequence[Row]) -> str:
    if not rows:
        return "nothing"
    lines = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # What BEX wrote may hold anything, and a terminal obeys control characters.
    return "" if value is None else re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", str(value))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bexapi", description="BEX from the shell.")
    parser.add_argument("--version", action="version", version=f"bexapi {_version()}")
    parser.set_defaults(url=os.environ.get("BEX_API_URL", REAL), json=False)
    # Before the verb and after it: wherever somebody thinks of it.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    for where in (parser, common):
        where.add_argument("--url", default=argparse.SUPPRESS, help=f"BEX_API_URL, else {REAL}")
        where.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON instead of a table")
    verbs = parser.add_subparsers(required=True, metavar="login|quote|track")
    logs_in = verbs.add_parser("login", parents=[common], help="print a token; the password comes from standard input")
    logs_in.add_argument("username")
    logs_in.add_argument("--alternate", action="store_true", help="the token that documents need")
    logs_in.set_defaults(verb=login)
    quotes = verbs.add_parser("quote", parents=[common], help="what it would cost; the token comes from BEX_TOKEN")
    quotes.add_argument("account")
    quotes.add_argument("--from", dest="origin", required=True, type=_place, metavar="'SUBURB CODE'")
    quotes.add_argument("--to", dest="destination", required=True, type=_place, metavar="'SUBURB CODE'")
    quotes.add_argument("--parcel", action="append", required=True, type=_parcel, metavar="LxBxH:KG")
    quotes.add_argument(
        "--date", type=date.fromisoformat, default=datetime.now(SAST).date(), help="of collection; today"
    )
    quotes.set_defaults(verb=quote)
    tracks = verbs.add_parser("track", parents=[common], help="every event of these waybills, ten numbers a call")
    tracks.add_argument("numbers", nargs="+", metavar="NUMBER")
    tracks.set_defaults(verb=track)
    return parser


def _version() -> str:
    try:
        return version("bexapi")
    except PackageNotFoundError:
        return "from a checkout"


def _place(text: str) -> Place:
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: a suburb and a code of four digits, for instance 'Sandton 2196'")
    return Place(found[1], found[2])


def _parcel(text: str) -> Parcel:
    found = _PARCEL.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: sides in cm and a weight in kg, for instance 40x30x30:4.5")
    length, breadth, height, weight = (Decimal(part) for part in found.groups())
    if not (length and breadth and height):
        raise argparse.ArgumentTypeError(f"{text!r}: no side of a parcel is 0 cm")
    return Parcel(length_cm=length, breadth_cm=breadth, height_cm=height, weight_kg=weight)


if __name__ == "__main__":
    sys.exit(main())
