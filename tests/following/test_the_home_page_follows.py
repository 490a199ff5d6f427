"""The open home page: its groups follow within a minute, and cost nothing in between."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from shipments.models import Waybill
from tests.following.pages import WITHIN, Make, Open

pytestmark = pytest.mark.django_db
HOME = reverse("home")


def later(**more: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**more))


def test_within_a_minute_nothing_is_asked_of_the_database(open_page: Open, make: Make) -> None:
    make("ACP1")
    page = open_page(HOME)
    Waybill.objects.update(transit_state="attempt_failed", updated_at=timezone.now())
    assert not page.has_news()
    assert page.queries < WITHIN


def test_after_a_minute_what_has_changed_is_shown(open_page: Open, make: Make) -> None:
    one = make("ACP1")
    page = open_page(HOME)
    assert "Nothing needs a person" in page.text
    Waybill.objects.filter(pk=one.pk).update(transit_state="attempt_failed", updated_at=timezone.now())
    with later(seconds=61):
        assert {"head", "attention"} <= page.changed()
        assert "1 thing needs a person" in page.news
        assert not page.has_news()


def test_where_nothing_has_changed_it_is_told_anew_every_five_minutes_only(open_page: Open, make: Make) -> None:
    make("ACP1")
    Waybill.objects.update(updated_at=timezone.now() - timedelta(hours=1), promised_by=None)
    page = open_page(HOME)
    with later(minutes=4):
        assert not page.has_news()
        assert page.queries <= WITHIN
    Waybill.objects.update(promised_by=timezone.now() - timedelta(minutes=1))
    with later(minutes=6):
        assert "attention" in page.changed()
        assert "Late" in page.news


def test_a_version_that_is_none_of_ours_gets_everything(open_page: Open, make: Make) -> None:
    make("ACP1")
    page = open_page(HOME)
    for version in ("", "x", "9" * 30):
        page.version = version
        assert page.has_news()
