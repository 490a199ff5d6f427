"""What was done about a waybill's booking, in words: who or what, when, on which evidence. Newest first."""

from dataclasses import dataclass
from datetime import datetime

from bexportal.formats import money
from shipments.models import Decision, Document, Learnt, LookUp, Printing, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import NumberSource

ICONS = {
    Outcome.BOOKED: "booked",
    Outcome.REFUSED: "rejected",
    Outcome.LOST: "unknown",
    Outcome.NOT_SENT: "queued",
    Outcome.CLAIMED: "submitting",
}
DECISIONS = {
    Decision.Kind.ASKED: ("queued", "asked to book it"),
    Decision.Kind.TAKEN_BACK: ("return", "took it back before it was sent"),
    Decision.Kind.RELEASED: ("queued", "released it"),
    Decision.Kind.CONSENTED: ("scale", "agreed to the new price"),
    Decision.Kind.NUMBER: ("booked", "entered BEX’s number"),
    Decision.Kind.BOOK_AGAIN: ("again", "had it booked again"),
    Decision.Kind.ABANDONED: ("abandoned", "abandoned it"),
    Decision.Kind.CANCELLED: ("cancelled", "recorded a cancellation"),
    Decision.Kind.REPRICED: ("scale", "had it priced again"),
    Decision.Kind.HELD: ("held", "held it"),
    Decision.Kind.RESUMED: ("queued", "let it go on"),
}
FOUND = {
    LookUp.Result.FOUND: "One shipment under this reference",
    LookUp.Result.NOTHING: "Nothing under this reference",
    LookUp.Result.SEVERAL: "Several shipments under this reference; none was taken",
    LookUp.Result.NO_NUMBER: "A shipment without a number yet",
    LookUp.Result.TAKEN: "A number that another waybill here holds; not taken",
    LookUp.Result.FAILED: "BEX gave no answer",
}


@dataclass(frozen=True)
class Line:
    at: datetime
    icon: str
    text: str
    sub: str = ""
    reference: str = ""


def history(waybill: Waybill, *, with_prices: bool) -> list[Line]:
    """Needs attempts, decisions and their people loaded."""
    lines = [Line(waybill.created_at, "draft", f"{_name(waybill.created_by)} made the draft")]
    lines += [_decision(decision, waybill, with_prices=with_prices) for decision in waybill.decisions.all()]
    for attempt in waybill.attempts.all():
        lines += _attempt(attempt)
    lines += [_printing(printing) for printing in waybill.printings.all()]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _printing(printing: Printing) -> Line:
    what = "the labels" if printing.kind == Document.Kind.LABELS else "the e-waybill"
    return Line(printing.at, "print", f"{_name(printing.by)} opened {what} to print")


def _decision(decision: Decision, waybill: Waybill, *, with_prices: bool) -> Line:
    icon, text = DECISIONS[Decision.Kind(decision.kind)]
    words = f"{_name(decision.by)} {text}"
    if decision.waybill_number:
        words += f": {decision.waybill_number}"
    if with_prices:
        words += _amounts(decision)
    if decision.kind == Decision.Kind.CONSENTED:
        return Line(decision.at, icon, words)
    told = f"Spoke to {decision.spoke_to}. " if decision.spoke_to else ""
    return Line(decision.at, icon, words, sub=f"{told}{decision.note}".strip())


def _amounts(decision: Decision) -> str:
    if decision.total is None:
        return ""
    if decision.total_before is None or decision.total_before == decision.total:
        return f": {money(decision.total)}"
    return f": {money(decision.total)}, {money(decision.total_before)} before"


def _attempt(attempt: Submission) -> list[Line]:
    sent = Line(
        attempt.claimed_at, "submitting", f"Sending to BEX began, attempt {attempt.number}", reference=attempt.reference
    )
    learnt = list(attempt.learnt.all())
    if learnt:
        told = [
            Line(one.at, ICONS[Outcome(one.outcome)], _learnt(attempt, one) + _after(attempt, one, first=place == 0))
            for place, one in enumerate(sorted(learnt, key=lambda one: one.at))
        ]
        return [*told, sent]
    if attempt.outcome == Outcome.CLAIMED or attempt.answered_at is None:
        return [sent]
    return [Line(attempt.answered_at, ICONS[Outcome(attempt.outcome)], outcome_in_words(attempt)), sent]


def _after(attempt: Submission, one: Learnt, *, first: bool) -> str:
    """How long BEX took, where it was BEX's own answer that told it."""
    is_answer = one.source in ("", NumberSource.ANSWER) and one.outcome in (Outcome.BOOKED, Outcome.REFUSED)
    return f", after {(one.at - attempt.claimed_at).total_seconds():.1f} s" if first and is_answer else ""


def _learnt(attempt: Submission, one: Learnt) -> str:
    return outcome_in_words(
        Submission(
            number=attempt.number, outcome=one.outcome, reason=one.reason, waybill_number=one.waybill_number,
            number_source=one.source,
        )
    )  # fmt: skip


def outcome_in_words(attempt: Submission) -> str:
    said = attempt.reason.rstrip(".")
    words = {
        Outcome.BOOKED: f"Attempt {attempt.number} is booked as {attempt.waybill_number}",
        Outcome.REFUSED: f"BEX refused attempt {attempt.number}",
        Outcome.LOST: f"No answer to attempt {attempt.number}: {said}",
        Outcome.NOT_SENT: f"Attempt {attempt.number} surely did not leave: {said}",
        Outcome.CLAIMED: f"Attempt {attempt.number} is under way",
    }
    how = {"look_up": ", found by its reference", "person": ", entered by a person", "journal": ", from the journal"}
    return words[Outcome(attempt.outcome)] + how.get(attempt.number_source, "")


def look_ups(waybill: Waybill) -> list[tuple[LookUp, str]]:
    """Every look-up of its attempts with what came back, newest first. Needs attempts with look_ups loaded."""
    found = [look_up for attempt in waybill.attempts.all() for look_up in attempt.look_ups.all()]
    return [
        (one, FOUND[LookUp.Result(one.result)] + (f": {', '.join(one.numbers)}" if one.numbers else ""))
        for one in sorted(found, key=lambda one: one.at, reverse=True)
    ]


def _name(person: object) -> str:
    if person is None:
        return "The program"
    full = getattr(person, "get_full_name", str)()
    return full.strip() or str(person)
