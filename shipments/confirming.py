"""Is a number that a person entered really this shipment's? BEX is asked, by tracking and by its label."""

from accounts.gateway import NoToken, anonymous_client, client_for
from accounts.secrets import SecretUnreadable
from bexapi import BexError, BexRejected
from shipments.models import Waybill


class NumberNotConfirmed(Exception):
    """Neither tracking nor a label showed the number. `reason` says what was seen, for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def confirm(waybill: Waybill, number: str) -> str:
    """'tracking' or 'label', by what showed the number. Raises NumberNotConfirmed."""
    if _tracked(waybill, number):
        return "tracking"
    if _has_label(waybill, number):
        return "label"
    raise NumberNotConfirmed(f"Neither BEX's tracking nor a label shows {number} yet.")


def _tracked(waybill: Waybill, number: str) -> bool:
    try:
        reply = anonymous_client(waybill.endpoint).track([number])
    except ValueError:
        raise NumberNotConfirmed("A waybill number has letters and digits, without a comma.") from None
    except BexRejected:
        return False
    except BexError as error:
        raise NumberNotConfirmed(f"BEX could not be asked: {error.reason}.") from error
    return bool(reply.by_number(number))


def _has_label(waybill: Waybill, number: str) -> bool:
    try:
        return bool(client_for(waybill.account.identity).download_labels([number]))
    except BexRejected:
        return False
    except (BexError, NoToken, SecretUnreadable, ValueError) as error:
        raise NumberNotConfirmed("Tracking does not show it, and its label could not be asked for.") from error
