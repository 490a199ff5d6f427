"""Some shipments to look at, in different stages, when there are none yet."""

from sandbox import journey
from sandbox.actions import waybill_id
from sandbox.booking import submit
from sandbox.courier import Courier
from sandbox.identities import MAIN, current_token
from sandbox.wire import Params, dumps

SENDER = {
    "senderCompany": "Rooibok Trading", "senderFloorBuilding": "Unit 4", "senderStreet": "18 Electron Road",
    "senderSuburb": "Sandton", "senderCity": "Johannesburg", "senderPostCode": "2196",
    "senderContactName": "Naledi Mokoena", "senderMobile": "0820000001",
}  # fmt: skip
# company, street, suburb, city, post code, contact, service, reference, and the steps to take
RECEIVERS = (
    ("Fynbos Interiors", "7 Loop Street", "Cape Town", "Cape Town", "8001", "Pieter Adams", "ONC", "PO-1041", 9),
    ("Dlamini Motors", "52 Florida Road", "Morningside", "Durban", "4001", "Zanele Dlamini", "NCA", "PO-1042", 4),
    ("Karoo Books", "3 Church Street", "Graaff-Reinet", "Graaff-Reinet", "6280", "J du Toit", "ONC", "PO-1043", 3),
    ("Mbombela Clinic", "11 Brown Street", "Mbombela", "Mbombela", "1200", "Sister Nkosi", "DBD", "PO-1044", 1),
    ("Anna Venter", "88 Nelson Mandela Drive", "Bloemfontein", "Bloemfontein", "9301", "Anna Venter", "BUD", "", 0),
)


def seed_demo(courier: Courier) -> None:
    if courier.store.row("SELECT 1 FROM waybills"):
        return
    token = current_token(courier.store, "demo@rooibok.example", MAIN) or ""
    for company, street, suburb, city, post_code, contact, service, reference, steps in RECEIVERS:
        payload = {
            **SENDER,
            "autoGenerateWaybillNumber": True,
            "accountNumber": "316085",
            "serviceCode": service,
            "sendersRef": reference,
            "receiverCompany": company,
            "receiverStreet": street,
            "receiverSuburb": suburb,
            "receiverCity": city,
            "receiverPostCode": post_code,
            "receiverContactName": contact,
            "receiverMobile": "0820000002",
            "dimensions": [{"dimension1": 40, "dimension2": 30, "dimension3": 20, "weight": 6, "reference": ""}],
        }
        result = submit(courier, Params(payload), token, dumps(payload))
        items = result["items"]
        number = str(items[0]["waybillNumber"]) if isinstance(items, list) else ""
        for _ in range(steps):
            try:
                journey.step(courier, waybill_id(courier, number))
            except journey.NotPossible:
                break
