"""Pieces and places, as both a quote and a waybill need them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

_MOST = 1_000_000  # cm and kg: far beyond any parcel, and near enough that sums and products stay numbers


@dataclass(frozen=True)
class Parcel:
    """One piece: centimetres as measured, and its scale weight in kg.

    Where only the weight of the whole shipment is known, BEX wants it on the first parcel and 0 on the others.
    """

    length_cm: Decimal | int
    breadth_cm: Decimal | int
    height_cm: Decimal | int
    weight_kg: Decimal
    reference: str = ""

    def __post_init__(self) -> None:
        for side in (self.length_cm, self.breadth_cm, self.height_cm, self.weight_kg):
            if isinstance(side, bool) or not isinstance(side, Decimal | int):
                raise TypeError("sides and weights are Decimal or int")
            if not Decimal(side).is_finite() or not 0 <= side <= _MOST:
                raise ValueError(f"sides and weights are finite, not negative and at most {_MOST}")

    @property
    def whole_cm(self) -> tuple[int, int, int]:
        """Length, breadth and height as BEX takes them: whole centimetres, rounded up."""
        return ceil(self.length_cm), ceil(self.breadth_cm), ceil(self.height_cm)


def volume_cm3(parcels: Iterable[Parcel]) -> int:
    """The volume BEX reckons with: length × breadth × height in whole centimetres, summed over all parcels."""
    total = 0
    for parcel in parcels:
        length, breadth, height = parcel.whole_cm
        total += length * breadth * height
    return total


@dataclass(frozen=True)
class Place:
    """An end of a shipment by suburb and post code."""

    suburb: str
    post_code: str


@dataclass(frozen=True)
class Point:
    """An end of a shipment by decimal degrees, south and west negative. Not shown: it may be somebody's home."""

    latitude: Decimal
    longitude: Decimal

    def __repr__(self) -> str:
        return "Point(…)"
