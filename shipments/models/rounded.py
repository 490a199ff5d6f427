"""Numbers of BEX's in columns with two places: it may send sums of doubles with sixteen."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Field = models.DecimalField[Decimal | None, Decimal | None]
else:
    _Field = models.DecimalField


class RoundedField(_Field):
    """Rounds half up to two places as it is stored. What is larger than its column is stored as unknown: no answer is
    lost for its price, and the raw reply keeps it.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"decimal_places": 2})
        self._beyond = Decimal(10) ** (kwargs["max_digits"] - 2)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if isinstance(value, Decimal):
            near = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
            value = near if near.copy_abs() < self._beyond else None
            setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", args, kwargs
