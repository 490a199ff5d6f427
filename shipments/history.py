"""What was done about a waybill's booking, in words: who or what, when, on which evidence. Newest first."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import ApiKey, User
from bexportal.formats import money
from shipments.attention.kinds import kind_of
from shipments.models import AttentionMark, Decision, Document, Learnt, LookUp, Printing, Submission, Waybill
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


SHOWN_BY = {"tracking": "BEX’s tracking shows it", "label": "its label opens under this account", "": "on their word"}
"""What confirmed a number that somebody entered."""
TOLD_BY: dict[str, str] = {
    NumberSource.LOOK_UP: ", found by its reference",
    NumberSource.JOURNAL: ", from the journal",
    NumberSource.WEBHOOK: ", told by BEX’s webhook",
}


@dataclass(frozen=True)
class Line:
    at: datetime
    icon: str
    text: str
    sub: str = ""
    reference: str = ""


def history(waybill: Waybill, *, with_prices: bool) -> list[Line]:
    """Needs attempts, decisions, printings, marks, their people and keys loaded."""
    made_by = _capital(_who(waybill.created_by, waybill.created_with))
    lines = [Line(waybill.created_at, "draft", f"{made_by} made the draft")]
    lines += [_decision(decision, waybill, with_prices=with_prices) for decision in waybill.decisions.all()]
    for attempt in waybill.attempts.all():
        lines += _attempt(attempt, waybill)
    lines += [_printing(printing) for printing in waybill.printings.all()]
    for mark in waybill.attention_marks.all():
        lines += _mark(mark)
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _printing(printing: Printing) -> Line:
    what = "the labels" if printing.kind == Document.Kind.LABELS else "the e-waybill"
    if printing.key:
        return Line(printing.at, "download", f"{_capital(_who(printing.by, printing.key))} took {what}")
    return Line(printing.at, "print", f"{_name(printing.by)} opened {what} to print")


def _mark(mark: AttentionMark) -> list[Line]:
    """What a person said about a case on the attention list."""
    kind = kind_of(mark.kind)
    title = kind.title if kind else mark.kind
    if mark.settled_at is not None:
        return [Line(mark.settled_at, "booked", f"{_name(mark.settled_by)} settled “{title}”", sub=mark.note)]
    if mark.note and mark.noted_at is not None:
        return [Line(mark.noted_at, "note", f"{_name(mark.noted_by)} noted on “{title}”", sub=mark.note)]
    return []


def _decision(decision: Decision, waybill: Waybill, *, with_prices: bool) -> Line:
    icon, text = DECISIONS[Decision.Kind(decision.kind)]
    words = f"{_capital(_who(decision.by, decision.key))} {text}"
    if decision.waybill_number:
        words += f": {decision.waybill_number}"
    if with_prices:
        words += _amounts(decision)
    if decision.kind == Decision.Kind.CONSENTED:
        return Line(decision.at, icon, words)
    told = [f"{_capital(_shown_by(decision))}."] if decision.kind == Decision.Kind.NUMBER else []
    told += [f"Spoke to {decision.spoke_to}."] if decision.spoke_to else []
    return Line(decision.at, icon, words, sub=" ".join([*told, decision.note]).strip())


def _amounts(decision: Decision) -> str:
    if decision.total is None:
        return ""
    if decision.total_before is None or decision.total_before == decision.total:
        return f": {money(decision.total)}"
    return f": {money(decision.total)}, {money(decision.total_before)} before"


def _shown_by(decision: Decision) -> str:
    return SHOWN_BY.get(decision.confirmed_by, f"confirmed by {decision.confirmed_by}")


def _attempt(attempt: Submission, waybill: Waybill) -> list[Line]:
    asked_by = _who(attempt.asked_by, attempt.asked_with) if attempt.asked_by else ""
    sent = Line(
        attempt.claimed_at, "submitting", f"Sending to BEX began, attempt {attempt.number}",
        sub=f"Asked for by {asked_by}" if asked_by else "", reference=attempt.reference,
    )  # fmt: skip
    learnt = list(attempt.learnt.all())
    if learnt:
        told = [
            Line(
                one.at,
                ICONS[Outcome(one.outcome)],
                _learnt(attempt, one, waybill) + _after(attempt, one, first=place == 0),
            )
            for place, one in enumerate(sorted(learnt, key=lambda one: one.at))
        ]
        return [*told, sent]
    if attempt.outcome == Outcome.CLAIMED or attempt.answered_at is None:
        return [sent]
    now_known = Learnt(
        attempt=attempt, outcome=attempt.outcome, reason=attempt.reason, waybill_number=attempt.waybill_number,
        source=attempt.number_source,
    )  # fmt: skip
    return [Line(attempt.answered_at, ICONS[Outcome(attempt.outcome)], _learnt(attempt, now_known, waybill)), sent]


def _after(attempt: Submission, one: Learnt, *, first: bool) -> str:
    """How long BEX took, where it was BEX's own answer that told it."""
    is_answer = one.source in ("", NumberSource.ANSWER) and one.outcome in (Outcome.BOOKED, Outcome.REFUSED)
    return f", after {(one.at - attempt.claimed_at).total_seconds():.1f} s" if first and is_answer else ""


def _learnt(attempt: Submission, one: Learnt, waybill: Waybill) -> str:
    said = one.reason.rstrip(".")
    words = {
        Outcome.BOOKED: f"Attempt {attempt.number} is booked as {one.waybill_number}",
        Outcome.REFUSED: f"BEX refused attempt {attempt.number}",
        Outcome.LOST: f"No answer to attempt {attempt.number}: {said}",
        Outcome.NOT_SENT: f"Attempt {attempt.number} surely did not leave: {said}",
        Outcome.CLAIMED: f"Attempt {attempt.number} is under way",
    }
    if one.source == NumberSource.TRACKING:
        return f"BEX’s tracking shows {one.waybill_number}: it is confirmed"
    told_by = _entered(one, waybill) if one.source == NumberSource.PERSON else TOLD_BY.get(one.source, "")
    return words[Outcome(one.outcome)] + told_by


def _entered(one: Learnt, waybill: Waybill) -> str:
    """By whom, and on which evidence: as their decision has it."""
    number = one.waybill_number.casefold()
    for decision in reversed(waybill.decisions.all()):
        same = decision.kind == Decision.Kind.NUMBER and decision.waybill_number.casefold() == number
        if same and decision.at <= one.at:
            return f", entered by {_who(decision.by, decision.key)}: {_shown_by(decision)}"
    return ", entered by a person"


def look_ups(waybill: Waybill) -> list[tuple[LookUp, str]]:
    """Every look-up of its attempts with what came back, newest first. Needs attempts with look_ups loaded."""
    found = [look_up for attempt in waybill.attempts.all() for look_up in attempt.look_ups.all()]
    return [
        (one, FOUND[LookUp.Result(one.result)] + (f": {', '.join(one.numbers)}" if one.numbers else ""))
        for one in sorted(found, key=lambda one: one.at, reverse=True)
    ]


def _who(person: User | None, key: ApiKey | None = None) -> str:
    """A person, the machine that acted in their name, or the program."""
    if person is None:
        return "the program"
    return f"the API key {key.name} ({key.prefix}…) of {_name(person)}" if key else _name(person)


def _name(person: User | None) -> str:
    return person.get_full_name().strip() or str(person) if person else "The program"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text.startswith(("the ", "its ", "on ")) else text
