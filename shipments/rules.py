"""What is checked again right before sending, without the network: each rule says why a waybill has to wait."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.access import may
from shipments.models import SendingHold, Waybill
from shipments.models.waybills import HoldReason


def sending_is_held() -> bool:
    """All sending stands still: after a restore, while an upgrade runs, without the right journal."""
    return SendingHold.objects.open().exists()


def reason_to_hold(waybill: Waybill, now: datetime) -> HoldReason | None:
    """The first rule that the waybill breaks. Needs account, identity, asked_by and priced_by loaded."""
    if not waybill.account.may_send:
        return HoldReason.ACCOUNT_PAUSED
    if waybill.asked_by is None or not may(waybill.asked_by, waybill.account, "book"):
        return HoldReason.GRANT_ENDED
    if waybill.collection_date < now.astimezone(ZoneInfo(settings.TIME_ZONE)).date():
        return HoldReason.COLLECTION_PASSED
    cut_off = waybill.priced_by.cut_off if waybill.priced_by else None
    # Who asks after the cut-off was told so; what waited past it is asked about.
    if cut_off is not None and waybill.asked_at is not None and waybill.asked_at < cut_off < now:
        return HoldReason.CUT_OFF_PASSED
    return None
