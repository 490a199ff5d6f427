"""Is a number that a person entered really this shipment's? BEX is asked, by tracking and by its label."""

from datetime import timedelta

from accounts.gateway import NoToken, anonymous_client, client_for
from accounts.secrets import SecretUnreadable
from bexapi import BexError, BexRejected, TrackedShipment
from shipments.models import Submission, Waybill
from shipments.searching import folded

CLOCKS_DIFFER = timedelta(minutes=10)


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
    """'tracking' or 'label', by what showed that it is this one; and the number as BEX spells it. A shipment that names
    no reference proves nothing by itself: then its label has to download. Raises NumberNotConfirmed.
    """
    found = _tracked(waybill, number)
    number = found.waybill_number if found else number
    if found is not None and agrees(waybill, found):
        return "tracking", number
    if _has_label(waybill, number):
        return "label", number
    if found is not None:
        raise NumberNotConfirmed(
            f"BEX's tracking shows {number} without a reference, and its label is refused under this account: it may "
            "be another's shipment."
        )
    raise NumberNotConfirmed(f"Neither BEX's tracking nor a label shows {number} yet.")


def _tracked(waybill: Waybill, number: str) -> TrackedShipment | None:
    """The one that can be this waybill's, best one that surely is."""
    try:
        reply = anonymous_client(waybill.endpoint).track([number])
    except ValueError:
        raise NumberNotConfirmed("A waybill number has letters and digits, without a comma.") from None
    except BexRejected:
        return None
    except BexError as error:
        raise CouldNotAsk(f"BEX could not be asked: {error.reason}.", error) from error
    found = reply.by_number(number)
    possible = [shipment for shipment in found if agrees(waybill, shipment) is not False]
    if found and not possible:
        raise NumberNotConfirmed(f"{_why_not(waybill, found[0], number)}: it is another shipment.")
    return max(possible, key=lambda shipment: bool(agrees(waybill, shipment)), default=None)


def _why_not(waybill: Waybill, shipment: TrackedShipment, number: str) -> str:
    if _is_older(waybill, shipment):
        return f"BEX's tracking shows that {number} was on its way before this one was sent"
    ours = waybill.senders_ref or "none"
    return f"BEX's tracking shows {number} with the reference {shipment.senders_ref}, this one has {ours}"


def agrees(waybill: Waybill, shipment: TrackedShipment) -> bool | None:
    """Whether a shipment under the waybill's number is this one. It surely is where it names our sender's reference, or
    an attempt's own (REFERENCE_IN_SENDERS_REF); None where it names none, and nothing speaks against it.
    """
    if _is_older(waybill, shipment):
        return False
    told = folded(shipment.senders_ref)
    if not told:
        return None
    sent = {folded(reference) for reference in waybill.attempts.values_list("reference", flat=True)}
    return told in sent or told == folded(waybill.senders_ref)


def is_this_one(waybill: Waybill, shipment: TrackedShipment) -> bool:
    """Whether tracking confirms a number on a person's word. What names no reference does where BEX gave its label
    under our account.
    """
    agreed = agrees(waybill, shipment)
    if agreed is None:
        number = shipment.waybill_number or waybill.waybill_number
        by_label = waybill.decisions.filter(confirmed_by="label", waybill_number__iexact=number)
        return by_label.exists() or waybill.documents.filter(waybill_number__iexact=number).exists()
    return agreed


def _is_older(waybill: Waybill, shipment: TrackedShipment) -> bool:
    """Than the first attempt: it was moving before anything of this one was sent."""
    first = waybill.attempts.order_by("claimed_at").values_list("claimed_at", flat=True).first()
    moments = [event.at for event in shipment.events if event.at is not None]
    return first is not None and any(at < first - CLOCKS_DIFFER for at in moments)


def _has_label(waybill: Waybill, number: str) -> bool:
    try:
        return bool(client_for(waybill.account.identity).download_labels([number]))
    except BexRejected:
        return False
    except (BexError, NoToken, SecretUnreadable, ValueError) as error:
        raise CouldNotAsk("Tracking does not show it, and its label could not be asked for.", error) from error
