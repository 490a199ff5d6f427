"""Do the journal and the database tell the same story? If not, nothing is sent until `after_restore` was run.

Asked in full once per process, at its first sending: a database is only ever put back while its processes stand still.
That the journal is still the same one is asked each time.
"""

import logging
import uuid

from shipments import journal
from shipments.models import JournalMark, SendingHold, Submission
from shipments.models.attempts import Outcome

log = logging.getLogger(__name__)
_agreed_with: str | None = None


def agrees() -> bool:
    """False while the journal cannot be read, is another one, or names an attempt that the database lacks."""
    global _agreed_with  # noqa: PLW0603 - remembered per process
    try:
        found = journal.journal_id()
        if _agreed_with == found:
            return True
        problem = disagreement()
    except journal.JournalUnusable as error:
        log.error("nothing is sent: %s", error)
        return True  # each waybill is held by itself, and goes on when the journal can be written again
    if problem:
        log.error("nothing is sent: %s", problem)
        SendingHold.objects.get_or_create(
            reason=SendingHold.Reason.JOURNAL, released_at=None, defaults={"detail": problem[:300]}
        )
        return False
    _agreed_with = found
    return True


def forget() -> None:
    """The next sending asks anew."""
    global _agreed_with  # noqa: PLW0603
    _agreed_with = None


def disagreement() -> str:
    """What does not fit, in words; '' where all is well. The first journal is remembered. Raises JournalUnusable."""
    found = journal.journal_id()
    mark = JournalMark.objects.filter(pk=1).first()
    if mark is None and not Submission.objects.exists() and not journal.entries():
        JournalMark.objects.get_or_create(pk=1, defaults={"journal_id": found})
        return ""
    if mark is None or mark.journal_id != found:
        return "the journal is missing or another one than the database knows: run manage.py after_restore"
    lacking = len(unknown_to_the_database())
    return (
        f"the journal names {lacking} attempts that the database lacks: run manage.py after_restore" if lacking else ""
    )


def unknown_to_the_database() -> list[journal.Entry]:
    """The journal's attempts that have no row. What surely was not sent need not have one."""
    entries = {
        name: entry for name, entry in journal.entries().items() if entry.sent and entry.outcome != Outcome.NOT_SENT
    }
    known: set[str] = set()
    ids = [uuid.UUID(name) for name in entries]
    for start in range(0, len(ids), 500):
        rows = Submission.objects.filter(pk__in=ids[start : start + 500]).values_list("pk", flat=True)
        known.update(str(pk) for pk in rows)
    return [entry for name, entry in entries.items() if name not in known]
