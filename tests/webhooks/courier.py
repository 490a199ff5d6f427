"""What BEX sends: the published vector, its notifications, and its way of signing.

`openssl_signature` runs the openssl program, so that nothing here is signed by the code under test.
"""

import json
import subprocess
from typing import Any

SECRET = "0123456789abcdef" * 4
"""64 characters, as ours are."""

# The vector of ASP.NET WebHooks: \r\n line ends, two spaces, 239 bytes.
PUBLISHED_SECRET = "123456789012345678901234567890123456789012345678"
PUBLISHED_BODY = (
    b'{\r\n  "Id": "1234567890",\r\n  "Attempt": 1,\r\n  "Properties": {\r\n    "p1": "pv1"\r\n  },\r\n'
    b'  "Notifications": [\r\n    {\r\n      "Action": "a1",\r\n      "d1": "dv1"\r\n    },\r\n    {\r\n'
    b'      "Action": "a1",\r\n      "d2": "http://localhost"\r\n    }\r\n  ]\r\n}'
)
PUBLISHED_SIGNATURE = "sha256=DCDEB62502988CDEDE464AF6A97566D61288C446CFC46F74F341E11173FF30A1"

Json = dict[str, Any]


def body_of(*notifications: Json, id: str = "d1", attempt: int = 1) -> bytes:
    """UTF-8 without BOM, two spaces, `\\r\\n` line ends, letters outside ASCII as they are."""
    envelope = {"Id": id, "Attempt": attempt, "Properties": {}, "Notifications": list(notifications)}
    return json.dumps(envelope, indent=2, ensure_ascii=False).replace("\n", "\r\n").encode()


def openssl_signature(secret: str, body: bytes) -> str:
    """`sha256=<HEX>`, upper-case, keyed with the secret's UTF-8 bytes."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.encode().hex()}"]
    said = subprocess.run(command, input=body, capture_output=True, check=True).stdout.decode()
    return "sha256=" + said.strip().rpartition(" ")[2].upper()


def event(number: str = "ACP00000001", text: str = "Shipment handed to courier", **more: Any) -> Json:
    return {
        "Action": "tracking_event", "WaybillNumber": number, "TrackingDate": "2026-11-24 08:26:00",
        "TrackingUser": "JNB", "TrackingDescription": text, "TrackingReference": "", "TrackingTypeId": 1, **more,
    }  # fmt: skip


def pod(number: str = "ACP00000001", **more: Any) -> Json:
    return {
        "Action": "pod", "WaybillNumber": number, "PODDate": "2026-11-25", "PODTime": "10:42:00", "Signee": "KHUMALO S",
        "PODPieces": 1, **more,
    }  # fmt: skip


def attempt(number: str = "ACP00000001", **more: Any) -> Json:
    return {
        "Action": "attempted_delivery", "WaybillNumber": number, "AttemptedDate": "2026-11-25",
        "AttemptedTime": "09:12:00", "NonDeliveryReason": "premises closed", "DriverComment": "gate locked", **more,
    }  # fmt: skip


def update(number: str = "ACP00000001", total: str = "399.69", **more: Any) -> Json:
    return {
        "Action": "waybill_update", "WaybillNumber": number, "Service": "ONC", "InsuranceRequired": False,
        "InsuranceValue": 0, "ActualWeight": 7.5, "VolumetricWeight": 7.2, "ChargeableWeight": 8.0,
        "BaseRateTotal": "260.00", "SurchargesTotal": "87.56", "SubTotal": "347.56", "Vat": "52.13",
        "TotalCharges": total,
        "Parcels": [{"ParcelBarcodeNumber": f"{number}-01", "Dimension1": 42, "Dimension2": 30, "Dimension3": 31,
                     "Weight": 7.5, "ParcelDescription": ""}], **more,
    }  # fmt: skip


def note(text: str = "Customer asks for delivery after noon", **more: Any) -> Json:
    return {"Action": "waybill_note", "PostedBy": "NomsaD", "NoteDate": "2026-11-24 11:05:00", "NoteText": text, **more}
