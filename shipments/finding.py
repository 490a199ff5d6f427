"""The search box: the one waybill that an exact number or reference names."""

from django.db.models import QuerySet

from accounts.access import visible
from accounts.models import User
from shipments.models import Submission, Waybill
from shipments.searching import folded


def exactly(user: User, text: str) -> Waybill | None:
    """The only waybill that this names exactly, of those the person may see; None where there is none, or several.

    Tried in this order: BEX's number, the reference of an attempt, the sender's reference or a further one.
    A label's bar code carries the number and, behind a dash, the piece: it leads to the waybill as well. Numbers and
    references of attempts are found in groups too, as they are read over the telephone.
    """
    asked = text.strip()
    if not folded(asked):
        return None
    seen = visible(Waybill.objects.all(), user)
    number, _, piece = asked.rpartition("-")
    together = "".join(asked.split())
    for found in (
        seen.filter(waybill_number__iexact=asked),
        seen.filter(waybill_number__iexact=number) if number and piece.isdecimal() else seen.none(),
        seen.filter(pk__in=Submission.objects.filter(reference=together.upper()).values("waybill")),
    ):
        if (waybill := found.first()) is not None:
            return waybill
    return _by_reference(seen, folded(asked)) or seen.filter(waybill_number__iexact=together).first()


def _by_reference(seen: QuerySet[Waybill], asked: str) -> Waybill | None:
    """The text narrows it down; what was written decides."""
    likely = seen.filter(search__contains=asked).only("pk", "senders_ref", "references").order_by()
    same = [waybill for waybill in likely[:200] if asked in map(folded, [waybill.senders_ref, *waybill.references])]
    return same[0] if len(same) == 1 else None
