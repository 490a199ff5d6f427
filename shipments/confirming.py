"""Is a number that a person entered really this shipment's? BEX is asked, by tracking and by its label."""

from accounts.gateway import NoToken, anonymous_client, client_for
from accounts.secrets import SecretUnreadable
from bexapi import BexError, BexRejected, TrackedShipment
from shipments.models import Submission, Waybill
from shipments.searching import folded


class NumberNotConfirmed(Exception):
    """Neither tracking nor a label showed the number. `reason` says what was seen, for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CouldNotAsk(NumberNotConfirmed):
    """BEX gave no answer about it. `wait`: the seconds after which it wants to be asked again, where it said so."""

    def __init__(self, reason: str, error: Exception) -> None:
        super().__init__(reason)
        self.wait: float | None = getattr(error, "retry_after", None)


def is_known(waybill: Waybill, number: str) -> bool:
    """Whether another waybill at this endpoint holds it, or another's attempt was told it; in any spelling."""
    waybills = Waybill.objects.filter(endpoint=waybill.endpoint, waybill_number__iexact=number).exclude(pk=waybill.pk)
    told = Submission.objects.filter(endpoint=waybill.endpoint, waybill_number__iexact=number)
    return waybills.exists() or told.exclude(waybill=waybill).exists()


def confirm(waybill: Waybill, number: str) -> tuple[str, str]:
    """'tracking' or 'label', by what showed the number; and the number as BEX spells it. Raises NumberNotConfirmed."""
    found = _tracked(waybill, number)
    if found is not None:
        return "tracking", found.waybill_number
    if _has_label(waybill, number):
        return "label", number
    raise NumberNotConfirmed(f"Neither BEX's tracking nor a label shows {number} yet.")


def _tracked(waybill: Waybill, number: str) -> TrackedShipment | None:
    try:
        reply = anonymous_client(waybill.endpoint).track([number])
    except ValueError:
        raise NumberNotConfirmed("A waybill number has letters and digits, without a comma.") from None
    except BexRejected:
        return None
    except BexError as error:
        raise CouldNotAsk(f"BEX could not be asked: {error.reason}.", error) from error
    found = reply.by_number(number)
    for shipment in found:
        if may_be_of(waybill, shipment):
            return shipment
    if found:
        raise NumberNotConfirmed(
            f"BEX's tracking shows {number} with the reference {found[0].senders_ref}, this one has "
            f"{waybill.senders_ref}: it is another shipment."
        )
    return None


def may_be_of(waybill: Waybill, shipment: TrackedShipment) -> bool:
    """Whether a shipment under the waybill's number can be this one: it names no sender's reference, or ours, which may
    be an attempt's own (REFERENCE_IN_SENDERS_REF).
    """
    told = folded(shipment.senders_ref)
    if not told or not waybill.senders_ref:
        return True
    sent = waybill.attempts.values_list("reference", flat=True)
    return told in {folded(waybill.senders_ref), *(folded(reference) for reference in sent)}


def _has_label(waybill: Waybill, number: str) -> bool:
    try:
        return bool(client_for(waybill.account.identity).download_labels([number]))
    except BexRejected:
        return False
    except (BexError, NoToken, SecretUnreadable, ValueError) as error:
        raise CouldNotAsk("Tracking does not show it, and its label could not be asked for.", error) from error
