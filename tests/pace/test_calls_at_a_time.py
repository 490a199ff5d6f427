"""How many calls run at a time, over all processes; and what becomes of one whose process was killed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import gateway, leases, permits
from accounts.models import Permit, RecordedCall
from bexapi import BexBusy
from tests.booking.processes import says
from tests.courier import ScriptedBex
from tests.pace.conftest import Asker, Counting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_two_processes_share_one_bound(asker: Asker, counting: Counting) -> None:
    both = [asker(counting.url, "4", "5", concurrency=3) for _ in range(2)]
    for process in both:
        says(process, "done")
    assert (counting.calls, counting.most) == (40, 3)
    assert permits.held(counting.url) == 0
    assert RecordedCall.objects.filter(outcome="answered").count() == 40


def test_the_permit_of_a_killed_process_comes_back_when_its_lease_ends(
    asker: Asker, bex: ScriptedBex, settings: Any
) -> None:
    endpoint, settings.BEX_CONCURRENCY = settings.BEX_API_URL, 1
    holder = asker(endpoint, "hold", concurrency=1)
    says(holder, "held")
    holder.kill()
    holder.wait()
    with pytest.raises(BexBusy) as busy:
        gateway.anonymous_client(endpoint).track(["ACP00000001"])
    assert "as much is being asked of BEX" in busy.value.reason
    assert bex.requests == []
    past = timezone.now() - timedelta(seconds=1)
    Permit.objects.update(lease_until=past, lease_until_tick=leases.tick() - 1)
    gateway.anonymous_client(endpoint).track(["ACP00000001"])
    assert permits.held(endpoint) == 0


def test_several_places_are_as_many_as_are_free(bex: ScriptedBex, settings: Any) -> None:
    endpoint, settings.BEX_CONCURRENCY = settings.BEX_API_URL, 3
    with gateway.turn_at(endpoint, "quote"), gateway.turn_at(endpoint, "download_labels", places=4) as labels:
        assert labels.places == 2
        assert permits.held(endpoint) == 3
    assert permits.held(endpoint) == 0


def test_one_endpoint_does_not_wait_for_another(bex: ScriptedBex, settings: Any) -> None:
    settings.BEX_CONCURRENCY = 1
    with gateway.turn_at(settings.BEX_API_URL, "quote"):
        gateway.anonymous_client("https://api.bex.example").track(["ACP00000001"])
    assert len(bex.requests) == 1


def test_whose_lease_has_ended_meanwhile_asks_no_further(bex: ScriptedBex, settings: Any, monkeypatch: Any) -> None:
    from accounts import turns

    monkeypatch.setattr(turns, "KEPT_ANEW_AFTER", 0)
    with gateway.turn_at(settings.BEX_API_URL, "submit_waybill") as turn:
        turn.keep()
        Permit.objects.update(holder="another")
        with pytest.raises(BexBusy):
            turn.keep()
