"""Whatever the page of a waybill shows moves its version: rows, columns, rights, the clock."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from django.utils import timezone

from accounts import api_keys
from accounts.models import Grant, Role, Scope, ShippingAccount, User
from shipments import printing
from shipments.following.one_waybill import _NOT_SHOWN, version
from shipments.models import (
    AttentionMark,
    Decision,
    Document,
    Learnt,
    LookUp,
    Parcel,
    Price,
    Reweighing,
    Submission,
    Waybill,
)
from tracking.models import Notification, WaybillNote
from tracking.observing import Said, take_in

pytestmark = pytest.mark.django_db
Change = Callable[..., Any]


def seen(user: User, waybill: Waybill, later: timedelta = timedelta(0)) -> str | None:
    return version(user, waybill.pk, timezone.now() + later)


def price(waybill: Waybill, **_: Any) -> None:
    Price.objects.create(waybill=waybill, kind=Price.Kind.REWEIGHED, source="n1", at=timezone.now(), total=Decimal(1))


def note(waybill: Waybill, **_: Any) -> None:
    told = Notification.objects.create(courier="http://127.0.0.1:9", fingerprint="f1", content="{}")
    WaybillNote.objects.create(waybill=waybill, notification=told, at=timezone.now(), text="Gate closed")


ROWS: dict[str, Change] = {
    "parcels": lambda waybill, **_: Parcel.objects.create(
        waybill=waybill, position=2, length_cm=1, breadth_cm=1, height_cm=1, weight_kg=1
    ),
    "prices": price,
    "decisions": lambda waybill, **_: Decision.objects.create(waybill=waybill, kind="held", version=1),
    "documents": lambda waybill, **_: Document.objects.create(
        waybill=waybill, kind="labels", waybill_number="ACP1", size_bytes=1, pages=1, sha256="0"
    ),
    "printings": lambda waybill, booker, **_: printing.note_printed([waybill], Document.Kind.LABELS, booker),
    "reweighings": lambda waybill, **_: Reweighing.objects.create(waybill=waybill, source="n1", at=timezone.now()),
    "attempts": lambda waybill, **_: waybill.attempts.update(next_look_up_at=timezone.now()),
    "attention_marks": lambda waybill, booker, **_: AttentionMark.objects.create(
        waybill=waybill, kind="late", note="seen to", noted_by=booker, noted_at=timezone.now()
    ),
    "events": lambda waybill, **_: take_in(
        waybill.pk, [Said("tracking_event", timezone.now(), description="Departed JNB depot for CPT branch")],
        now=timezone.now(),
    ),
    "notes": note,
}  # fmt: skip
NOT_ON_THE_PAGE = {"copies", "idempotency", "notifications", "observations"}
"""Observations are seen as events, notifications as what they told."""


@pytest.mark.parametrize("relation", ROWS)
def test_every_row_that_belongs_to_it_moves_it(relation: str, booked: Waybill, booker: User) -> None:
    before = seen(booker, booked)
    ROWS[relation](booked, booker=booker)
    assert seen(booker, booked) != before


def test_each_relation_of_a_waybill_was_thought_of() -> None:
    relations = {one.get_accessor_name() for one in Waybill._meta.related_objects}
    assert {name for name in relations if name} - NOT_ON_THE_PAGE == set(ROWS)


def another(field: Any, value: Any) -> Any:
    if isinstance(field, models.ForeignKey):
        return None
    if isinstance(field, models.DateTimeField):
        return timezone.now() - timedelta(days=3)
    if isinstance(field, models.DateField):
        return value + timedelta(days=1)
    kinds: list[tuple[type[Any], Any]] = [
        (models.BooleanField, not value), (models.DurationField, timedelta(hours=7)), (models.JSONField, ["PO-9"]),
        (models.DecimalField, Decimal("7.00")), (models.PositiveIntegerField, 77), (models.CharField, "queued"),
        (models.TextField, "said"),
    ]  # fmt: skip
    return next(new for kind, new in kinds if isinstance(field, kind))


def _may_change(field: Any) -> bool:
    """Not its key, and no reference that it cannot be without."""
    return not field.primary_key and (field.null or not isinstance(field, models.ForeignKey))


@pytest.mark.parametrize("name", [one.name for one in Waybill._meta.concrete_fields if _may_change(one)])
def test_every_column_moves_it_but_those_that_are_shown_nowhere(name: str, booked: Waybill, booker: User) -> None:
    field = Waybill._meta.get_field(name)
    key, _ = api_keys.create(booker, name="ERP", scopes=[Scope.BOOK], by=booker)
    Waybill.objects.filter(pk=booked.pk).update(copied_from=booked, asked_by=booker, created_with=key, asked_with=key)
    booked.refresh_from_db()
    before = seen(booker, booked)
    Waybill.objects.filter(pk=booked.pk).update(**{name: another(field, getattr(booked, name))})
    assert (seen(booker, booked) == before) is (name in _NOT_SHOWN)


def test_what_becomes_known_of_an_attempt_moves_it(booked: Waybill, booker: User) -> None:
    attempt = booked.attempts.get()
    versions = [seen(booker, booked)]
    for change in (
        lambda: LookUp.objects.create(attempt=attempt, result="nothing"),
        lambda: Learnt.objects.create(attempt=attempt, outcome="booked"),
        lambda: Submission.objects.filter(pk=attempt.pk).update(settled_at=timezone.now()),
        lambda: Submission.objects.filter(pk=attempt.pk).update(other_numbers=["ACP2"]),
    ):
        change()
        versions.append(seen(booker, booked))
    assert len(set(versions)) == len(versions)


def test_what_a_person_may_do_moves_it(booked: Waybill, account: ShippingAccount, viewer: User) -> None:
    before = seen(viewer, booked)
    Grant.objects.create(user=viewer, account=account, role=Role.BOOKER_NO_PRICES)
    more = seen(viewer, booked)
    Grant.objects.filter(user=viewer, role=Role.VIEWER).delete()
    assert len({before, more, seen(viewer, booked)}) == 3


@pytest.mark.parametrize("moment", ["promised_by", "expected_by"])
def test_a_moment_that_passes_moves_it_once(moment: str, booked: Waybill, booker: User) -> None:
    moments = {"promised_by": None, "expected_by": None, moment: timezone.now() + timedelta(minutes=5)}
    Waybill.objects.filter(pk=booked.pk).update(**moments)
    before, still, after, later = (seen(booker, booked, timedelta(minutes=minutes)) for minutes in (0, 4, 6, 7))
    assert before == still != after == later


def test_a_look_at_bex_that_does_not_come_moves_it(booked: Waybill, booker: User) -> None:
    Waybill.objects.filter(pk=booked.pk).update(promised_by=None, tracking_due_at=timezone.now())
    assert seen(booker, booked) == seen(booker, booked, timedelta(minutes=9))
    assert seen(booker, booked) != seen(booker, booked, timedelta(minutes=11))


def test_another_day_moves_it(booked: Waybill, booker: User) -> None:
    """ "Today by 12:00" is tomorrow no more."""
    Waybill.objects.filter(pk=booked.pk).update(promised_by=None, tracking_due_at=None)
    assert seen(booker, booked) != seen(booker, booked, timedelta(days=1))
