"""The parcels of a submission, as section 4.1 of the documentation wants them."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.wire import Params, Refused

LARGEST_CM, HEAVIEST_KG = 600, Decimal(2000)


@dataclass(frozen=True)
class Parcel:
    length_cm: int
    breadth_cm: int
    height_cm: int
    weight_kg: Decimal
    reference: str

    @property
    def volume_cm3(self) -> int:
        return self.length_cm * self.breadth_cm * self.height_cm

    def facts(self) -> dict[str, object]:
        return {
            "dimension1": self.length_cm,
            "dimension2": self.breadth_cm,
            "dimension3": self.height_cm,
            "weight": self.weight_kg,
            "reference": self.reference,
        }


def parcels(params: Params) -> list[Parcel]:
    """Raises Refused, naming the parcel. A weight of 0 is for the others of a total on the first parcel."""
    rows = params.rows("dimensions")
    if not rows:
        raise Refused("At least one parcel is required in dimensions.")
    found = [_parcel(number, row) for number, row in enumerate(rows, start=1)]
    if sum(parcel.weight_kg for parcel in found) <= 0:
        raise Refused("The total weight of the parcels must be greater than zero.")
    return found


def _parcel(number: int, row: Params) -> Parcel:
    sides = [_side(number, row, f"dimension{index}") for index in (1, 2, 3)]
    weight_kg = row.decimal("weight")
    if weight_kg is None:
        raise Refused(f"Parcel {number}: weight is required.")
    if weight_kg < 0 or weight_kg > HEAVIEST_KG:
        raise Refused(f"Parcel {number}: weight {weight_kg} is not between 0 and {HEAVIEST_KG} kg.")
    if weight_kg != weight_kg.quantize(Decimal("0.01")):
        raise Refused(f"Parcel {number}: weight {weight_kg} has more than two decimals.")
    return Parcel(sides[0], sides[1], sides[2], weight_kg, row.text("reference"))


def _side(number: int, row: Params, name: str) -> int:
    value = row.decimal(name)
    if value is None:
        raise Refused(f"Parcel {number}: {name} is required.")
    if value != value.to_integral_value():
        raise Refused(f"Parcel {number}: {name} must be a whole number of centimetres, '{value}' is not.")
    if not 1 <= value <= LARGEST_CM:
        raise Refused(f"Parcel {number}: {name} must be between 1 and {LARGEST_CM} cm.")
    return int(value)
