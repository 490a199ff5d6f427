"""When BEX was asked about a parcel, when it will be next, and why then: in words for its page."""

from datetime import datetime, timedelta

from bexportal.formats import span
from shipments.models import Waybill
from tracking.models import LookRule
from tracking.schedule import PROMISE_WAIT, Look, Table, Why, last_news, next_look, row_of

_PUT_OFF = "later than its pace: BEX gave no answer about it, or the pace was changed meanwhile"


def why_next(waybill: Waybill, table: Table) -> str:
    """Why it is looked at then, or not any more; '' before the first look, which comes as soon as it can."""
    last = max((at for at in (waybill.tracking_checked_at, waybill.tracking_told_at) if at), default=None)
    if last is None:
        return ""
    look = next_look(waybill, last, table)
    if look.at != waybill.tracking_due_at:
        return _PUT_OFF if waybill.tracking_due_at else "it is not looked at any more"
    return _in_words(look, waybill, last)


def _in_words(look: Look, waybill: Waybill, last: datetime) -> str:
    wait, state = span(look.wait or timedelta(0)), LookRule.State(row_of(waybill)).label
    quiet = span(last - last_news(waybill))
    return {
        Why.USUAL: f"“{state}” is looked at every {wait}",
        Why.QUIET: f"there was nothing new for {quiet}, so it is looked at every {wait} only",
        Why.PROMISE: f"its promise is near, so it is looked at every {span(PROMISE_WAIT)} at least",
        Why.EARLY: "nothing hurries before its collection day",
        Why.REST: "little moves at night, on Sundays and on holidays",
        Why.MORNING: "the working day begins then",
        Why.TOLD: "BEX tells its news by itself meanwhile",
        Why.OVER: f"there was nothing new for {quiet}, so it is not looked at any more",
        Why.FINAL: "nothing more is to be learnt",
    }[look.why]
