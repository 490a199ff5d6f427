"""The quote call: every option of a lane, priced for the account."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox.identities import Account, transacting_account
from sandbox.options import Option, options
from sandbox.places import end_of_lane
from sandbox.rates import Lane, chargeable_kg, price
from sandbox.wire import Params, Refused

if TYPE_CHECKING:
    from sandbox.courier import Courier

HEAVIEST_KG, LARGEST_CM3 = 100_000, 1_000_000_000


def quote(courier: "Courier", params: Params, token: str) -> dict[str, object]:
    """The documented pricing call. Raises Refused."""
    account = transacting_account(courier.store, token, params.text("accountNumber"), required=False)
    day = day_of(courier, params.text("dispatchDate"), name="Dispatch date")
    lane = Lane(end_of_lane(params, "origin"), end_of_lane(params, "destination"))
    weight_kg = _positive(params, "totalWeight", HEAVIEST_KG)
    volume_cm3 = _positive(params, "dimMass", LARGEST_CM3)
    fuel_percent = courier.settings.number("fuel_percent")
    found = options(lane, day, courier.counter_now())
    return {"id": 0, "items": [_item(lane, option, account, weight_kg, volume_cm3, fuel_percent) for option in found]}


def day_of(courier: "Courier", text: str, *, name: str) -> date:
    """A day not before today; today when none is said. Raises Refused."""
    today = courier.counter_now().date()
    if not text:
        return today
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise Refused(f"{name} '{text[:20]}' is not valid. The format is YYYY-MM-DD.") from None
    if day < today and courier.settings.flag("refuse_past_dates"):
        raise Refused(f"{name} {day} is in the past.")
    if (day - today).days > 366:
        raise Refused(f"{name} {day} is too far in the future.")
    return day


def _positive(params: Params, name: str, most: int) -> Decimal:
    number = params.decimal(name)
    if number is None:
        raise Refused(f"{name} is required.")
    if number <= 0:
        raise Refused(f"{name} must be greater than zero.")
    if number > most:
        raise Refused(f"{name} may not exceed {most}.")
    return number


def _item(
    lane: Lane, option: Option, account: Account, weight_kg: Decimal, volume_cm3: Decimal, fuel_percent: Decimal
) -> dict[str, object]:
    """Names, order and types of the documented sample."""
    kg = chargeable_kg(weight_kg, volume_cm3, option.service)
    add_ons = (option.add_on,) if option.add_on else ()
    cost = price(
        option.service, lane, kg=kg, rate_factor=account.rate_factor, fuel_percent=fuel_percent, add_ons=add_ons
    )
    return {
        "id": 0,
        "customerName": account.name.upper(),
        "serviceId": option.service.id,
        "serviceCodeStr": option.service.code,
        "serviceNameStr": option.service.name,
        **_end("origin", lane),
        **_end("destination", lane),
        "estimatedTransitDays": option.transit_days,
        "scheduledTransitDays": option.transit_days,
        "estimatedHolidays": option.holidays,
        "scheduledHolidays": option.holidays,
        "scheduleBy": str(option.schedule_by),
        "estimatedCollectionDateAndTime": str(option.collect_from),
        "latestCollectionDateAndTime": str(option.collect),
        "estimatedDeliveryDateAndTime": str(option.deliver),
        "scheduledDeliveryDateAndTime": str(option.deliver_latest),
        "isDeliveryGuaranteed": str(option.guaranteed),
        "surchargeAddons": option.add_on,
        "customerChargeableWeight": kg,
        "baseRateTotal": cost.base,
        "fuel": cost.fuel,
        "insuranceRequired": cost.insurance,
        "otherSurcharges": cost.other,
        "surchargeTotal": cost.surcharges,
        "subTotal": cost.subtotal,
        "vat": cost.vat,
        "totalCharges": cost.total,
    }


def _end(name: str, lane: Lane) -> dict[str, object]:
    place = lane.origin if name == "origin" else lane.destination
    return {
        f"{name}Suburb": place.suburb,
        f"{name}City": place.city,
        f"{name}RateCategory": place.category,
        f"{name}BranchStr": place.hub.branch,
        f"{name}Hub": place.hub.code,
        f"{name}LocationCode": "",
    }
