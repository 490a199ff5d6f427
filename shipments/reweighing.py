"""BEX weighed and measured again: its parcels and its price are kept beside the booked ones, never over them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from bexapi.notifications import UpdateTold, WeighedParcel
from bexapi.redaction import clean
from shipments.filtering import REWEIGHED_DEARER
from shipments.models import AttentionMark, Parcel, Price, ReweighedParcel, Reweighing, Waybill


def keep(waybill_id: uuid.UUID, told: UpdateTold, *, source: str, at: datetime) -> bool:
    """Keeps it, once for each source; False where it was kept before. Raises Waybill.DoesNotExist.

    `at`: when it was told, for BEX gives no date: the one told last counts.
    """
    with transaction.atomic():
        waybill = Waybill.objects.select_for_update().get(pk=waybill_id)
        if Reweighing.objects.filter(waybill=waybill, source=source).exists():
            return False
        weighed = Reweighing.objects.create(
            waybill=waybill, source=source, at=at, service=clean(told.service)[:20],
            insurance_required=told.insurance_required, insurance_value=told.insurance_value,
            actual_weight_kg=told.actual_weight_kg, volumetric_weight_kg=told.volumetric_weight_kg,
            chargeable_weight_kg=told.chargeable_weight_kg,
        )  # fmt: skip
        ReweighedParcel.objects.bulk_create(_parcels(weighed, told.parcels))
        if told.total is not None:
            Price.objects.create(
                waybill=waybill, kind=Price.Kind.REWEIGHED, source=source, at=at, base_rate=told.base_rate,
                surcharges_total=told.surcharges_total, subtotal=told.subtotal, vat=told.vat, total=told.total,
            )  # fmt: skip
        before, waybill.reweighed_by = waybill.reweighed_by, difference(waybill)
        if (waybill.reweighed_by or 0) > (before or 0):
            _open_the_case_again(waybill)
        waybill.updated_at = timezone.now()
        waybill.save(update_fields=["reweighed_by", "updated_at"])
    return True


def _open_the_case_again(waybill: Waybill) -> None:
    """What was settled was a smaller sum."""
    settled = AttentionMark.objects.filter(kind=REWEIGHED_DEARER, waybill=waybill, closed_at=None)
    settled.exclude(settled_at=None).update(closed_at=timezone.now())


def difference(waybill: Waybill) -> Decimal | None:
    """What the last re-weighed total adds to the booked one; None where either is not known."""
    totals = dict(
        Price.objects.filter(waybill=waybill, total__isnull=False).order_by("at").values_list("kind", "total")
    )
    booked, reweighed = totals.get(Price.Kind.BOOKED), totals.get(Price.Kind.REWEIGHED)
    return None if booked is None or reweighed is None else reweighed - booked


def _parcels(weighed: Reweighing, parcels: Sequence[WeighedParcel]) -> list[ReweighedParcel]:
    positions = _positions(parcels)
    return [
        ReweighedParcel(
            reweighing=weighed, position=position, barcode=clean(parcel.barcode)[:60], length_cm=parcel.length_cm,
            breadth_cm=parcel.breadth_cm, height_cm=parcel.height_cm, weight_kg=parcel.weight_kg,
            description=clean(parcel.description)[:100],
        )
        for position, parcel in zip(positions, parcels, strict=True)
    ]  # fmt: skip


def _positions(parcels: Sequence[WeighedParcel]) -> list[int]:
    """As the bar codes count the pieces (`ACP12345678-02`); where they do not, in the order told."""
    ends = [parcel.barcode.rpartition("-")[2] for parcel in parcels]
    counted = [int(end) for end in ends if end.isascii() and end.isdecimal() and 0 < len(end) <= 4]
    if len(counted) == len(parcels) == len(set(counted)) and all(0 < number < 32_000 for number in counted):
        return counted
    return list(range(1, len(parcels) + 1))


@dataclass(frozen=True)
class Piece:
    """One parcel as booked and as weighed; either may be missing."""

    position: int
    booked: Parcel | None
    weighed: ReweighedParcel | None

    @property
    def differs(self) -> bool:
        if self.booked is None or self.weighed is None:
            return True
        pairs = (
            (self.booked.weight_kg, self.weighed.weight_kg),
            (self.booked.length_cm, self.weighed.length_cm),
            (self.booked.breadth_cm, self.weighed.breadth_cm),
            (self.booked.height_cm, self.weighed.height_cm),
        )
        return any(weighed is not None and weighed != booked for booked, weighed in pairs)


def side_by_side(booked: Sequence[Parcel], weighed: Sequence[ReweighedParcel]) -> list[Piece]:
    """Every piece of either, by its place."""
    ours = {parcel.position: parcel for parcel in booked}
    theirs = {parcel.position: parcel for parcel in weighed}
    return [Piece(place, ours.get(place), theirs.get(place)) for place in sorted(ours | theirs)]
