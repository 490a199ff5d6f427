"""The document calls: an e-waybill of one shipment, labels of several, as PDF."""

import re
from typing import TYPE_CHECKING

from sandbox.http_types import Reply, pdf_reply
from sandbox.identities import ALTERNATE, identity_of
from sandbox.wire import Params, Refused, loads

if TYPE_CHECKING:
    from sandbox.courier import Courier


def ewaybill(courier: "Courier", params: Params) -> Reply:
    """One A4 page. Raises Refused."""
    from sandbox.paper import ewaybill_pdf  # reportlab takes a while to load and most runs never print

    username = identity_of(courier.store, params.text("token"), ALTERNATE)
    number = params.text("waybillNumber")
    if not number:
        raise Refused("waybillNumber is required.")
    waybill = _own_waybill(courier, username, number)
    return pdf_reply(ewaybill_pdf(waybill), f"{waybill['number']}.pdf")


def labels(courier: "Courier", params: Params) -> Reply:
    """One page of 100.8 × 149.8 mm for each parcel, in the order asked for. Raises Refused."""
    from sandbox.paper import labels_pdf

    username = identity_of(courier.store, params.text("token"), ALTERNATE)
    asked = [number.strip() for number in params.text("waybillNumbers").split(",") if number.strip()]
    if not asked:
        raise Refused("waybillNumbers is required.")
    pages: list[tuple[dict[str, object], int]] = []
    for number in asked:
        pages += _parcels(courier, username, number)
    return pdf_reply(labels_pdf(pages), f"labels-{asked[0]}.pdf")


def _parcels(courier: "Courier", username: str, number: str) -> list[tuple[dict[str, object], int]]:
    """A waybill with each of its parcels, or with the one that a parcel number names. Raises Refused."""
    piece = re.fullmatch(r"(.+)-([0-9]{2,3})", number)
    if piece and courier.store.row("SELECT 1 FROM waybills WHERE number = ?", number) is None:
        waybill = _own_waybill(courier, username, piece[1])
        if not 1 <= int(piece[2]) <= len(parcels_of(waybill)):
            raise Refused(f"Parcel {number} was not found.")
        return [(waybill, int(piece[2]))]
    waybill = _own_waybill(courier, username, number)
    return [(waybill, index) for index in range(1, len(parcels_of(waybill)) + 1)]


def _own_waybill(courier: "Courier", username: str, number: str) -> dict[str, object]:
    """Number, account, reference, what was submitted and what the courier made of it. Raises Refused."""
    row = courier.store.row("SELECT * FROM waybills WHERE number = ? AND username = ?", number, username)
    if row is None:
        raise Refused(f"Waybill {number[:40]} was not found.")
    payload, facts = loads(row["payload"]), loads(row["facts"])
    return {
        "number": row["number"],
        "account": row["account"],
        "senders_ref": row["senders_ref"],
        "payload": Params(payload if isinstance(payload, dict) else {}),
        "facts": facts,
    }


def parcels_of(waybill: dict[str, object]) -> list[dict[str, object]]:
    facts = waybill["facts"]
    return list(facts["parcels"]) if isinstance(facts, dict) else []


OPERATIONS = {"ewaybill": ewaybill, "labels": labels}
