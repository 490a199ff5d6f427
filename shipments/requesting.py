"""From a waybill's rows to what BEX is sent."""

from django.conf import settings

import bexapi
from accounts.models import Address
from shipments.models import Waybill


def is_complete(waybill: Waybill) -> bool:
    """Whether it can be sent as far as its rows go; one that came back from the journal has no addresses."""
    return waybill.sender is not None and waybill.receiver is not None and bool(waybill.parcels.all())


def request_for(waybill: Waybill, reference: str, *, own_number: str = "") -> bexapi.WaybillRequest:
    """The request of one attempt, with its reference first among the additional ones (bex-api 4.1 and 4.4), or, with
    REFERENCE_IN_SENDERS_REF, as the sender's reference, and what that was among the additional ones. `own_number`: the
    waybill's number where BEX does not make it.

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
    senders_ref, references = waybill.senders_ref, (reference, *waybill.references)
    if settings.REFERENCE_IN_SENDERS_REF:
        senders_ref, references = reference, tuple(filter(None, (waybill.senders_ref, *waybill.references)))
    return bexapi.WaybillRequest(
        account_number=waybill.account.number,
        service_code=waybill.service_code,
        collection_date=waybill.collection_date,
        sender=_end(waybill.sender),
        receiver=_end(waybill.receiver),
        parcels=parcels,
        senders_ref=senders_ref,
        instructions=waybill.instructions,
        insurance_value=waybill.insurance_value,
        references=references,
        waybill_number=own_number,
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
