"""The waybill's page: one shipment in whatever state it is."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import access
from accounts.models import User
from bexportal.formats import SAST, clock, day
from shipments import booking, canaries, history, saying
from shipments.comparing import add_on_confirmed, money_rows, quoted_insurance
from shipments.following import one_waybill
from shipments.forms.decisions import FORMS, form_for
from shipments.models import LookUp, Quote, Reweighing, SendingHold, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState, HoldReason
from shipments.promise import LOOKED_UP_FOR
from shipments.reweighing import Piece, side_by_side
from shipments.timing import expected, late_since, timing

State = BookingState
LIVE = (State.QUEUED, State.SUBMITTING)
EVERY = {State.QUEUED: 1, State.SUBMITTING: 1, State.UNKNOWN: 3}
"""Seconds between an open page's looks while somebody surely waits for what comes; else as usual."""


def load(user: Any, pk: uuid.UUID, right: access.Right = "view") -> Waybill:
    """With all that the page shows, in a number of queries that does not grow with it."""
    attempts = Submission.objects.prefetch_related("look_ups", "learnt", "asked_by", "asked_with")
    rows = Waybill.objects.select_related(
        "account__identity",
        "sender",
        "receiver",
        "created_by",
        "created_with",
        "quote_option__quote",
        "priced_by__quote",
    ).prefetch_related(
        "parcels",
        "prices",
        "decisions__by",
        "decisions__key",
        "documents",
        "events",
        "notes",
        "reweighings__parcels",
        "printings__by",
        "printings__key",
        "attention_marks__settled_by",
        "attention_marks__noted_by",
        Prefetch("attempts", queryset=attempts),
    )
    return access.get_or_404(rows, user, right, pk=pk)


@require_GET
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return render(request, "shipments/waybill.html", page_context(request, pk))


def page_context(request: HttpRequest, pk: uuid.UUID, *, version: str = "", **more: Any) -> dict[str, Any]:
    """`version`: of before the rows are read, so that what changes meanwhile is news. Raises Http404."""
    version = version or one_waybill.version(cast(User, request.user), pk, timezone.now()) or ""
    found = load(request.user, pk)
    sees_prices = access.sees_prices(request.user, found.account)
    attempts = list(found.attempts.all())
    now = timezone.now()
    told = [number for one in attempts for number in (one.waybill_number, *one.other_numbers)]
    numbers = [number for number in (found.waybill_number, *told) if number]
    context: dict[str, Any] = {
        "waybill": found,
        "now": now,
        "sees_prices": sees_prices,
        "may_book": access.may(request.user, found.account, "book"),
        "parcels": list(found.parcels.all()),
        "weighed": weighed(found),
        "total_weight_kg": sum(parcel.weight_kg for parcel in found.parcels.all()),
        "events": list(found.events.all()),
        "notes": list(found.notes.all()),
        "last_attempt": attempts[-1] if attempts else None,
        "history": history.history(found, with_prices=sees_prices),
        "look_ups": history.look_ups(found),
        "money": money_rows(found) if sees_prices else [],
        "quoted_insurance": quoted_insurance(found) if sees_prices else None,
        "numbers": sorted(set(numbers)),
        "number_taken": found.booking_state == State.BOOKED and not found.waybill_number,
        "others": others_with(found, numbers, request.user) if found.booked_twice else [],
        "cancelled_moves": moves_after_all(found),
        "sending_holds": SendingHold.objects.open(),  # asked for where it is shown
        "is_live": found.booking_state in LIVE,
        "version": version,
        "every": EVERY.get(State(found.booking_state), 0),
        **saying.of(found),
        "price": found.priced_by if sees_prices else None,
        "timing": timing(found, now),
        "late_since": late_since(found, now),
        "expected": expected(found, now),
        "add_on_confirmed": add_on_confirmed(found),
        "forms": {name.replace("-", "_"): form_for(name) for name in FORMS},
        **more,
    }
    context["looked_up"] = sum(1 for one, _ in context["look_ups"] if one.result != LookUp.Result.FAILED)
    if found.booking_state == State.UNKNOWN or context["look_ups"]:
        context["worth"] = canaries.worth(found.endpoint, now)
    if found.booking_state == State.HELD:
        context |= held_context(found)
    if found.booking_state == State.UNKNOWN or context.get("shows_evidence"):
        context |= unknown_context(found, attempts, now)
    return context


def held_context(found: Waybill) -> dict[str, Any]:
    before, now = found.consented_promise, found.promised_by
    priced = Quote.objects.filter(receiver=found.receiver, account=found.account).order_by("-created_at").first()
    refused = found.hold_reason == HoldReason.PRICING_REFUSED
    return {
        "promise_moved": before is not None and now is not None and now > before,
        "priced_words": priced.refusal if priced and refused else "",
        "shows_evidence": found.hold_reason == HoldReason.EVIDENCE,
    }


def moves_after_all(found: Waybill) -> bool:
    if found.cancelled_at is None or found.last_event_at is None or found.booking_state != State.CANCELLED:
        return False
    return found.last_event_at > found.cancelled_at and found.transit_state not in {"", "announced", "returned"}


def others_with(found: Waybill, numbers: list[str], user: Any) -> list[Waybill | None]:
    """Other waybills that hold one of these numbers or were told it; None for one that this person may not see."""
    spelled = Q(pk=None)
    for number in set(numbers):
        spelled |= Q(waybill_number__iexact=number)
    told = Submission.objects.filter(spelled, endpoint=found.endpoint).values("waybill")
    wanted = Q(spelled, endpoint=found.endpoint) | Q(pk__in=told)
    others = Waybill.objects.filter(wanted).exclude(pk=found.pk)
    seen = set(access.visible(others, user).values_list("pk", flat=True))
    return [one if one.pk in seen else None for one in others[:20]]


def unknown_context(found: Waybill, attempts: list[Submission], now: datetime) -> dict[str, Any]:
    sent = (Outcome.LOST,) if found.booking_state == State.UNKNOWN else (Outcome.LOST, Outcome.REFUSED)
    lost = [one for one in attempts if one.outcome in sent and one.settled_at is None] or attempts
    attempt = lost[-1]
    return {
        "attempt": attempt,
        "openness": booking.decisions_open(found, now),
        "running": booking.decisions_open(found, now, telephoned=True),
        "looked_up_until": (attempt.answered_at or attempt.claimed_at) + LOOKED_UP_FOR,
        "question": question_for_bex(found, attempt),
    }


def question_for_bex(found: Waybill, attempt: Submission) -> str:
    """What to ask on the telephone."""
    parcels = list(found.parcels.all())
    weight = sum(parcel.weight_kg for parcel in parcels)
    to = found.receiver
    where = f"{to.suburb} {to.post_code}".strip() if to else "its receiver"
    who = f" It goes to {to.name}." if to else ""
    ours = f"our references {found.senders_ref} and" if found.senders_ref else "our reference"
    spaced = " ".join(attempt.reference[i : i + 4] for i in range(0, len(attempt.reference), 4))
    when = (
        f"{day(attempt.claimed_at.astimezone(SAST).date(), today=timezone.localdate())} at {clock(attempt.claimed_at)}"
    )
    pieces = "one parcel" if len(parcels) == 1 else f"{len(parcels)} parcels"
    return (
        f"Did you book a shipment for account {found.account.number}, {when}, {found.service_code}, {pieces} of "
        f"{weight:.2f} kg to {where}?{who} It carries {ours} {spaced}. What is its waybill number?"
    )


@dataclass(frozen=True)
class Weighed:
    """What BEX weighed last, piece by piece beside the booked ones."""

    reweighing: Reweighing
    pieces: list[Piece]

    @property
    def total_weight_kg(self) -> Decimal | None:
        return self.reweighing.actual_weight_kg


def weighed(found: Waybill) -> Weighed | None:
    last = next(iter(reversed(found.reweighings.all())), None)
    if last is None:
        return None
    return Weighed(last, side_by_side(list(found.parcels.all()), list(last.parcels.all())))


urlpatterns: list[URLPattern] = [
    path("waybills/<uuid:pk>/", show, name="waybill"),
]
