"""The waybill's page: one shipment in whatever state it is, and the part of it that follows live."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import access
from bexportal.formats import SAST, clock, day
from shipments import booking, canaries, history
from shipments.forms.decisions import FORMS, form_for
from shipments.models import Price, Reweighing, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState
from shipments.promise import LOOKED_UP_FOR
from shipments.reweighing import Piece, side_by_side
from shipments.timing import expected, timing

State = BookingState
LIVE = (State.QUEUED, State.SUBMITTING)


def load(user: Any, pk: uuid.UUID, right: access.Right = "view") -> Waybill:
    """With all that the page shows, in a number of queries that does not grow with it."""
    attempts = Submission.objects.prefetch_related("look_ups")
    rows = Waybill.objects.select_related(
        "account__identity", "sender", "receiver", "created_by", "quote_option__quote", "priced_by__quote"
    ).prefetch_related(
        "parcels",
        "prices",
        "decisions__by",
        "documents",
        "events",
        "notes",
        "reweighings__parcels",
        Prefetch("attempts", queryset=attempts),
    )
    return access.get_or_404(rows, user, right, pk=pk)


@require_GET
def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = load(request.user, pk)
    return render(request, "shipments/waybill.html", page_context(request, found))


@require_GET
def state(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Polled while it waits or is being sent, and `?until=open` while its decisions are closed; then the whole page is
    asked for once.
    """
    found = load(request.user, pk)
    if found.booking_state in LIVE:
        return render(request, "shipments/_waybill_live.html", page_context(request, found, is_fragment=True))
    response = HttpResponse(status=204)
    waits_on = "until" in request.GET and found.booking_state == State.UNKNOWN and not _settling_is_open(found)
    if not waits_on:
        response["HX-Refresh"] = "true"
    return response


def _settling_is_open(found: Waybill) -> bool:
    return booking.decisions_open(found, timezone.now(), telephoned=True).open


def page_context(request: HttpRequest, found: Waybill, **more: Any) -> dict[str, Any]:
    sees_prices = access.sees_prices(request.user, found.account)
    attempts = list(found.attempts.all())
    now = timezone.now()
    numbers = [attempt.waybill_number for attempt in attempts if attempt.waybill_number]
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
        "numbers": sorted(set(numbers)),
        "booked_twice": len(set(numbers)) > 1,
        "number_taken": found.booking_state == State.BOOKED and not found.waybill_number,
        "is_live": found.booking_state in LIVE,
        "price": found.priced_by if sees_prices else None,
        "timing": timing(found, now),
        "expected": expected(found, now),
        "add_on_confirmed": add_on_confirmed(found),
        "forms": {name.replace("-", "_"): form_for(name) for name in FORMS},
        **more,
    }
    if found.booking_state == State.UNKNOWN or context["look_ups"]:
        context["worth"] = canaries.worth(found.endpoint, now)
    if found.booking_state == State.UNKNOWN:
        context |= unknown_context(found, attempts, now)
    return context


def unknown_context(found: Waybill, attempts: list[Submission], now: datetime) -> dict[str, Any]:
    lost = [attempt for attempt in attempts if attempt.outcome == Outcome.LOST and attempt.settled_at is None]
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
class MoneyRow:
    part: str
    quoted: Decimal | None
    booked: Decimal | None
    reweighed: Decimal | None = None
    is_total: bool = False

    @property
    def difference(self) -> Decimal | None:
        return None if self.quoted is None or self.booked is None else self.booked - self.quoted

    @property
    def reweighing(self) -> Decimal | None:
        """What it adds to the booked amount."""
        return None if self.booked is None or self.reweighed is None else self.reweighed - self.booked


def money_rows(found: Waybill) -> list[MoneyRow]:
    """Quoted beside booked, and beside that what BEX re-weighed. Insurance, which a quote cannot know, is in the booked
    surcharges only.
    """
    last = {price.kind: price for price in found.prices.all()}
    quoted, booked = last.get(Price.Kind.QUOTED), last.get(Price.Kind.BOOKED)
    reweighed = last.get(Price.Kind.REWEIGHED)
    if booked is None:
        return []  # the page's head says the quoted total

    def row(part: str, name: str, *, is_total: bool = False) -> MoneyRow:
        was, is_now, will_be = (getattr(price, name, None) for price in (quoted, booked, reweighed))
        return MoneyRow(part, was, is_now, will_be, is_total)

    return [
        row("Base rate", "base_rate"),
        row("Surcharges", "surcharges_total"),
        row("VAT", "vat"),
        row("Total", "total", is_total=True),
    ]


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


def add_on_confirmed(found: Waybill) -> bool:
    """Whether the surcharges that came back are no less than those quoted with the add-on."""
    if not found.add_on:
        return True
    surcharges = next((row for row in money_rows(found) if row.part == "Surcharges"), None)
    return surcharges is not None and surcharges.difference is not None and surcharges.difference >= 0


urlpatterns: list[URLPattern] = [
    path("waybills/<uuid:pk>/", show, name="waybill"),
    path("waybills/<uuid:pk>/state/", state, name="waybill-state"),
]
