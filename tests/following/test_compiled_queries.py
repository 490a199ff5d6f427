"""Queries whose text is kept: the same answers as Django's own, with other values each time."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from bexportal.compiled import Compiled
from shipments.models import Waybill
from tests.following.pages import Make

pytestmark = pytest.mark.django_db


def since(key: Any, pk: uuid.UUID, at: datetime) -> QuerySet[Any, Any]:
    return Waybill.objects.filter(pk=pk, created_at__gte=at, booking_state=key).order_by().values_list("waybill_number")


def test_each_value_stands_in_its_place(make: Make) -> None:
    one, other = make("ACP1"), make("ACP2")
    asked = Compiled(since, pk=uuid.UUID, at=datetime)
    ago, ahead = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    for _ in range(2):
        assert asked.rows("booked", pk=one.pk, at=ago) == [("ACP1",)]
        assert asked.rows("booked", at=ago, pk=other.pk) == [("ACP2",)]
        assert asked.rows("booked", pk=one.pk, at=ahead) == []
        assert asked.rows("draft", pk=one.pk, at=ago) == []


def test_a_value_that_the_query_leaves_out_is_a_fault_unless_it_may(make: Make) -> None:
    def forgets(key: Any, pk: uuid.UUID) -> QuerySet[Any, Any]:
        return Waybill.objects.values_list("waybill_number")

    make("ACP1")
    with pytest.raises(ValueError, match="says nothing of pk"):
        Compiled(forgets, pk=uuid.UUID).rows(None, pk=uuid.uuid4())
    assert Compiled(forgets, pk=uuid.UUID, not_always={"pk"}).rows(None, pk=uuid.uuid4()) == [("ACP1",)]
