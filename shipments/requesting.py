"""From a waybill's rows to what BEX is sent."""

import bexapi
from accounts.models import Address
from shipments.models import Waybill


def request_for(waybill: Waybill, reference: str) -> bexapi.WaybillRequest:
    """The request of one attempt, with its reference first among the additional ones (bex-api 4.1 and 4.4).

    Raises ValueError for a waybill without sender, receiver or parcels.
    """
    if waybill.sender is None or waybill.receiver is None:
        raise ValueError("a waybill needs sender and receiver before it is sent")
    parcels = tuple(
        bexapi.Parcel(
            length_cm=parcel.length_cm,
            breadth_cm=parcel.breadth_cm,
            height_cm=parcel.height_cm,
            weight_kg=parcel.weight_kg,
            reference=parcel.reference,
        )
        for parcel in waybill.parcels.all()
    )
    return bexapi.WaybillRequest(
        account_number=waybill.account.number,
        service_code=waybill.service_code,
        collection_date=waybill.collection_date,
        sender=_end(waybill.sender),
        receiver=_end(waybill.receiver),
        parcels=parcels,
        senders_ref=waybill.senders_ref,
        instructions=waybill.instructions,
        insurance_value=waybill.insurance_value,
        references=(reference, *waybill.references),
        add_ons=(waybill.add_on,) if waybill.add_on else (),
    )


def _end(address: Address) -> bexapi.Address:
    return bexapi.Address(
        company=address.company,
        floor_building=address.floor_building,
        street=address.street,
        suburb=address.suburb,
        city=address.city,
        post_code=address.post_code,
        province=address.province,
        contact_name=address.contact_name,
        mobile=address.mobile,
        telephone=address.telephone,
        email=address.email,
    )
