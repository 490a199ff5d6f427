"""BEX's PDFs: fetched once with the alternate token, kept, and put together for printing.

What is kept is proved by its hash each time it is used; what the storage has lost is fetched anew.
"""

import hashlib
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts import gateway
from accounts.models import Identity
from accounts.secrets import SecretUnreadable
from bexapi import BexBusy, BexClient, BexError, BexRejected, BexUnreachable, Deadline
from shipments import document_access, pdfs
from shipments.models import Document, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState

log = logging.getLogger(__name__)
Kind = Document.Kind
DOWNLOADS_AT_ONCE = 4


class NoDocument(Exception):
    """There is no PDF to show. The text is ours, for the person who asked."""


class DocumentRefused(NoDocument):
    """BEX answered with a refusal instead of a PDF. `message`: BEX's words, '' where it gave none. `access`: what to
    tell the person where it was not about this waybill, '' as far as is known.
    """

    def __init__(self, message: str) -> None:
        super().__init__("BEX refused it.")
        self.message, self.access = message, ""


class DocumentUnavailable(NoDocument):
    """No usable answer, or nothing to ask with. `may_retry`: whether the same request may well work later; `wait`: the
    seconds that BEX wished, where it said so.
    """

    def __init__(self, reason: str, *, may_retry: bool = True, wait: float | None = None) -> None:
        super().__init__(reason)
        self.may_retry = may_retry
        self.wait = wait


@dataclass(frozen=True)
class Missing:
    """A waybill whose labels could not be had, and why."""

    waybill: Waybill
    why: NoDocument

    @property
    def in_bex_words(self) -> str:
        return self.why.message if isinstance(self.why, DocumentRefused) else ""


@dataclass(frozen=True)
class Labels:
    """Labels of a selection, in its order. `pdf` is empty where none could be had."""

    pdf: bytes = field(repr=False)
    printed: tuple[Waybill, ...]
    missing: tuple[Missing, ...]

    @property
    def access(self) -> list[str]:
        """What to tell the person where BEX's refusals were about no single waybill."""
        found = [one.why.access for one in self.missing if isinstance(one.why, DocumentRefused) and one.why.access]
        return list(dict.fromkeys(found))


def fetch(waybill: Waybill, kind: str) -> Document:
    """The kept document, else downloaded and kept. Raises DocumentRefused, DocumentUnavailable."""
    return open_or_fetch(waybill, kind)[0]


def open_or_fetch(waybill: Waybill, kind: str) -> tuple[Document, bytes]:
    """As `fetch`, with the PDF's bytes."""
    refuse_unbooked(waybill)
    kept = _kept(waybill, kind)
    if kept is not None:
        return kept
    identity = _identity_with_token(waybill)
    try:
        data = _download(gateway.client_for(identity), waybill, kind)
    except DocumentRefused as why:
        why.access = document_access.after_refusal(identity, [(waybill, why.message)])
        raise
    document_access.given(identity)
    return _keep(waybill, kind, data)


def labels_of(waybills: Iterable[Waybill]) -> Labels:
    """One PDF of all their labels, in this order. Those missing are fetched, a few at once, within one deadline."""
    chosen = list(waybills)
    found: dict[object, bytes] = {}
    failed: dict[object, NoDocument] = {}
    jobs: list[tuple[Waybill, Identity]] = []
    for waybill in chosen:
        try:
            refuse_unbooked(waybill)
            kept = _kept(waybill, Kind.LABELS)
            if kept is not None:
                found[waybill.pk] = kept[1]
            else:
                jobs.append((waybill, _identity_with_token(waybill)))
        except NoDocument as why:
            failed[waybill.pk] = why
    results = _download_all(jobs)
    _note_access(results, dict(jobs))
    for waybill, result in results:
        try:
            found[waybill.pk] = _keep(waybill, Kind.LABELS, result)[1] if isinstance(result, bytes) else b""
        except NoDocument as why:
            failed[waybill.pk] = why
        if isinstance(result, NoDocument):
            failed[waybill.pk] = result
    printed = tuple(waybill for waybill in chosen if found.get(waybill.pk))
    missing = tuple(Missing(waybill, failed[waybill.pk]) for waybill in chosen if waybill.pk in failed)
    return Labels(pdfs.joined([found[waybill.pk] for waybill in printed]), printed, missing)


def file_name(waybill: Waybill, kind: str) -> str:
    """`labels-ACP00000123.pdf`. Letters, digits and dashes of the number only: it becomes a file's name."""
    number = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in waybill.waybill_number)
    return f"{kind}-{number or waybill.short_id}.pdf"


def refuse_unbooked(waybill: Waybill) -> None:
    if waybill.booking_state != BookingState.BOOKED or not waybill.waybill_number:
        raise DocumentUnavailable(
            f"Only a booked waybill has labels and an e-waybill. This one: {waybill.get_booking_state_display()}.",
            may_retry=False,
        )


Job = tuple[Waybill, Identity]


def _download_all(jobs: list[Job]) -> list[tuple[Waybill, bytes | NoDocument]]:
    """Of each endpoint in one turn there; one deadline for all, so that a page never waits for long."""
    deadline = Deadline.after(settings.BEX_DEADLINE)
    results: list[tuple[Waybill, bytes | NoDocument]] = []
    for endpoint in dict.fromkeys(identity.endpoint for _, identity in jobs):
        there = [job for job in jobs if job[1].endpoint == endpoint]
        try:
            with gateway.turn_at(endpoint, "download_labels", places=min(DOWNLOADS_AT_ONCE, len(there))) as turn:
                results += _download_there(there, turn.places, deadline)
        except BexBusy as error:
            results += [(waybill, _busy(error)) for waybill, _ in there]
    return results


def _download_there(jobs: list[Job], at_once: int, deadline: Deadline) -> list[tuple[Waybill, bytes | NoDocument]]:
    """In threads that touch no database."""

    def download(job: tuple[Waybill, BexClient]) -> bytes | NoDocument:
        waybill, client = job
        try:
            return _download(client, waybill, Kind.LABELS, deadline)
        except NoDocument as why:
            return why

    ready = [(waybill, gateway.client_for(identity)) for waybill, identity in jobs]
    with ThreadPoolExecutor(at_once, thread_name_prefix="labels") as pool:
        results = list(pool.map(download, ready))
    return [(waybill, result) for (waybill, _), result in zip(jobs, results, strict=True)]


def _note_access(results: list[tuple[Waybill, bytes | NoDocument]], identities: dict[Waybill, Identity]) -> None:
    """What they tell of each identity's token for documents."""
    for identity in dict.fromkeys(identities.values()):
        of_it = [(waybill, result) for waybill, result in results if identities[waybill] == identity]
        refused = [(waybill, why) for waybill, why in of_it if isinstance(why, DocumentRefused)]
        if any(isinstance(result, bytes) for _, result in of_it):
            document_access.given(identity)
        elif refused:
            words = document_access.after_refusal(identity, [(waybill, why.message) for waybill, why in refused])
            for _, why in refused:
                why.access = words


def _identity_with_token(waybill: Waybill) -> Identity:
    """That of the account which booked it, if a client can be made of it. Raises DocumentUnavailable."""
    identity = _identity(waybill)
    if identity.endpoint != waybill.endpoint:
        raise DocumentUnavailable(
            f"It was booked at {waybill.endpoint}, and {identity.label} is logged in elsewhere.", may_retry=False
        )
    try:
        if not identity.alternate_token():
            raise DocumentUnavailable(
                f"{identity.label} has no token for documents. An admin logs it in again.", may_retry=False
            )
        if not identity.token():
            raise DocumentUnavailable(f"{identity.label} has not logged in at BEX yet. An admin logs it in.",
                                      may_retry=False)  # fmt: skip
    except SecretUnreadable:
        raise DocumentUnavailable(
            f"The tokens of {identity.label} cannot be read with this installation's keys. An admin logs it in again.",
            may_retry=False,
        ) from None
    return identity


def _identity(waybill: Waybill) -> Identity:
    """That of the account which booked it: the waybill's account may have been changed on paper since."""
    booked = waybill.attempts.filter(outcome=Outcome.BOOKED, waybill_number=waybill.waybill_number)
    attempt = booked.select_related("account__identity").order_by("-number").first()
    return (attempt or waybill).account.identity


def _download(client: BexClient, waybill: Waybill, kind: str, deadline: Deadline | None = None) -> bytes:
    number = waybill.waybill_number
    try:
        if kind == Kind.LABELS:
            return client.download_labels([number], deadline=deadline)
        return client.download_ewaybill(number, deadline=deadline)
    except BexRejected as error:
        raise DocumentRefused(error.message) from None
    except BexBusy as error:
        raise _busy(error) from None
    except BexUnreachable:
        raise DocumentUnavailable("BEX could not be reached in time.") from None
    except BexError:
        raise DocumentUnavailable("BEX gave no usable PDF.") from None


def _busy(error: BexBusy) -> DocumentUnavailable:
    wait = f" in {error.retry_after:.0f} s" if error.retry_after else " in a minute"
    return DocumentUnavailable(f"BEX is busy. Try again{wait}.", wait=error.retry_after)


def _kept(waybill: Waybill, kind: str) -> tuple[Document, bytes] | None:
    document = Document.objects.filter(waybill=waybill, kind=kind, waybill_number=waybill.waybill_number).first()
    if document is None:
        return None
    try:
        with document.file.open("rb") as stream:
            data: bytes = stream.read()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() == document.sha256:
        return document, data
    log.warning("%s of waybill %s: the storage has not what was kept; it is fetched anew", kind, waybill.pk)
    return None


def _keep(waybill: Waybill, kind: str, data: bytes) -> tuple[Document, bytes]:
    """Stores it. Where somebody else was quicker theirs stays, and this copy goes."""
    pages = pdfs.pages_of(data)
    if not pages:
        raise DocumentUnavailable("BEX answered with a damaged PDF.")
    quicker = _kept(waybill, kind)
    if quicker is not None:
        return quicker
    wanted = {"waybill": waybill, "kind": kind, "waybill_number": waybill.waybill_number}
    document = Document.objects.filter(**wanted).first()
    lost = document is not None
    if lost and (quicker := _kept(waybill, kind)) is not None:
        return quicker
    document = document or Document(**wanted)
    document.size_bytes, document.pages = len(data), pages
    document.sha256, document.fetched_at = hashlib.sha256(data).hexdigest(), timezone.now()
    try:
        document.file.save("document.pdf", ContentFile(data), save=False)
    except OSError as error:
        log.error("%s of waybill %s could not be stored: %s", kind, waybill.pk, error.strerror)
        raise DocumentUnavailable("BEX gave the PDF, and it could not be stored here. Tell whoever runs it.") from None
    try:
        with transaction.atomic():
            document.save(force_update=lost, force_insert=not lost)
    except DatabaseError as error:
        document.file.storage.delete(document.file.name or "")
        if not isinstance(error, IntegrityError):
            raise
        quicker = _kept(waybill, kind)
        if quicker is None:
            raise DocumentUnavailable("It was being stored by somebody else.") from None
        return quicker
    return document, data
