"""Was it this waybill's document that BEX refused, or every document of its identity? Documents need a token of their
own, which can end by itself. What BEX gave before tells, asked for again, not the words of a refusal.

Where it refuses that as well, or where nothing was given before and its tracking shows the waybill, the identity is
marked and admins are told. A document that comes, or a log-in, takes the mark away.
"""

import logging
from collections.abc import Sequence

from django.conf import settings

from accounts import identities
from accounts.gateway import client_for
from accounts.models import Identity
from bexapi import BexError, BexRejected, Deadline
from bexportal.once import first_within
from shipments.models import Document, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState

log = logging.getLogger(__name__)
PROBED_AT_MOST_EVERY = 60  # seconds
TRIED = 2
"""Labels that were given before. One alone is asked for twice: a single refusal is no proof."""


def after_refusal(identity: Identity, refused: Sequence[tuple[Waybill, str]]) -> str:
    """Finds out what it means that BEX refused these waybills' documents, in those words. What to tell the person, ''
    where it may well be about the waybills alone.
    """
    if first_within(PROBED_AT_MOST_EVERY, f"documents-probed:{identity.pk}"):
        _probe(identity, refused)
    identity.refresh_from_db(fields=["documents_refused_at", "documents_refusal_shown"])
    return in_words(identity)


def given(identity: Identity) -> None:
    """BEX gave a document: whatever was thought of its token is over."""
    identities.record_documents_given(identity)


def in_words(identity: Identity) -> str:
    """For staff; '' while nothing speaks against its token for documents."""
    if identity.documents_refused_at is None:
        return ""
    mend = f"An admin logs {identity.label} in at BEX again; it stands on the admins’ list."
    if identity.documents_refusal_shown:
        return f"BEX refuses every document of {identity.label} now, also those that it gave before. {mend}"
    return f"BEX knows the shipment, so {identity.label} may have lost its access to documents. {mend}"


def _probe(identity: Identity, refused: Sequence[tuple[Waybill, str]]) -> None:
    tracked = [words for waybill, words in refused if waybill.last_event_at is not None]
    before = _given_before(identity, [waybill for waybill, _ in refused])
    if not before:
        if tracked:
            identities.record_documents_refused(identity, tracked[0], shown=False)
        return
    deadline = Deadline.after(settings.BEX_DEADLINE)
    words = refused[0][1]
    for number in [*before, before[0]][:TRIED]:
        try:
            client_for(identity).download_labels([number], deadline=deadline)
        except BexRejected as refusal:
            words = refusal.message
        except BexError as error:
            log.warning("identity %s could not be probed for documents (%s)", identity.pk, type(error).__name__)
            return  # no answer is no evidence
        else:
            given(identity)
            return
    identities.record_documents_refused(identity, words, shown=True)


def _given_before(identity: Identity, but: Sequence[Waybill]) -> list[str]:
    """The numbers of the waybills whose labels this identity was given last."""
    rows = Document.objects.filter(
        kind=Document.Kind.LABELS,
        waybill__booking_state=BookingState.BOOKED,
        waybill__account__identity=identity,
        waybill__attempts__identity=identity,
        waybill__attempts__outcome=Outcome.BOOKED,
    ).exclude(waybill__in=[waybill.pk for waybill in but])
    return list(rows.order_by("-fetched_at").values_list("waybill_number", flat=True)[:TRIED])
