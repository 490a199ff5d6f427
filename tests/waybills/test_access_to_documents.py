"""A token for documents that has ended is told from one waybill's document that BEX refuses, and admins are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import identities
from accounts.models import Identity, User
from bexapi import NotSent, WireRequest, WireResponse
from shipments import documents
from shipments.attention import cases
from shipments.models import Document, Submission, Waybill
from tests.courier import ScriptedBex, answer, option, refusal
from tests.waybills.papers import Make, pdf_answer, signed_in

pytestmark = pytest.mark.django_db
WORDS = "It cannot be given."


@pytest.fixture(autouse=True)
def _no_probe_yet(bex: ScriptedBex) -> None:
    cache.clear()
    bex.on("quote", answer({"items": [option()]}))


@pytest.fixture
def printed(make: Make, bex: ScriptedBex) -> Waybill:
    """Booked by this identity, and its labels were given."""
    waybill = booked_by_an_attempt(make("ACP0001"))
    bex.on("labels", pdf_answer())
    documents.fetch(waybill, Document.Kind.LABELS)
    return waybill


def booked_by_an_attempt(waybill: Waybill) -> Waybill:
    Submission.objects.create(
        waybill=waybill, number=1, outcome="booked", reference=f"R{waybill.waybill_number}", waybill_version=1,
        account=waybill.account, identity=waybill.account.identity, endpoint=waybill.endpoint, payload={},
        lease_until=timezone.now(), lease_boot_id="", lease_until_tick=0, waybill_number=waybill.waybill_number,
    )  # fmt: skip
    return waybill


def labels(client: Client, waybill: Waybill) -> str:
    return str(client.get(reverse("waybill-labels", args=[waybill.pk])).content.decode())


def tokens_refused(user: User) -> list[str]:
    found = cases.groups(user, timezone.now(), kind="token_refused")
    return [case.matter.words for group in found for case in group.cases if case.matter]


def health(admin: User, identity: Identity) -> str:
    return str(signed_in(admin).get(reverse("admin:accounts_identity_change", args=[identity.pk])).content.decode())


def all_but(number: str) -> Any:
    def reply(request: WireRequest) -> WireResponse:
        return refusal(WORDS) if number in request.body.decode() else pdf_answer()

    return reply


def test_what_was_given_before_and_is_refused_now_shows_that_the_token_ended(
    printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client, admin: User, identity: Identity
) -> None:
    bex.on("labels", refusal(WORDS))
    page = labels(as_booker, make("ACP0002"))
    assert "BEX refuses every document of Rooibok main now" in page
    assert "An admin logs Rooibok main in at BEX again" in page
    assert [sent["waybillNumbers"] for sent in bex.sent("labels")[1:]] == ["ACP0002", "ACP0001", "ACP0001"]
    identity.refresh_from_db()
    assert identity.last_refusal == WORDS
    assert identity.last_refused_at is not None
    assert "BEX refuses its labels and e-waybills: log in again" in health(admin, identity)
    assert "labels and e-waybills, also those that it gave before" in tokens_refused(admin)[0]


def test_a_refusal_of_one_waybill_alone_is_that_waybills(
    printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client, admin: User
) -> None:
    bex.on("labels", all_but("ACP0001"), pdf_answer())
    bex.on("labels", all_but("ACP0002"))
    page = labels(as_booker, make("ACP0002"))
    assert WORDS in page
    assert "An admin logs" not in page
    assert tokens_refused(admin) == []


def test_only_who_may_mend_it_is_told_where(
    printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client, booker: User
) -> None:
    bex.on("labels", refusal(WORDS))
    labels(as_booker, make("ACP0002"))
    assert tokens_refused(booker) == []


def test_no_answer_to_the_probe_is_no_evidence(
    printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client, admin: User
) -> None:
    bex.on("labels", refusal(WORDS), refusal(WORDS), NotSent("no route"))
    page = labels(as_booker, make("ACP0002"))
    assert "An admin logs" not in page
    assert tokens_refused(admin) == []


def test_where_nothing_was_given_before_a_waybill_that_tracking_shows_makes_it_a_suspicion(
    make: Make, bex: ScriptedBex, as_booker: Client, admin: User, identity: Identity
) -> None:
    bex.on("labels", refusal(WORDS))
    page = labels(as_booker, make("ACP0002", last_event_at=timezone.now() - timedelta(hours=1)))
    assert "may have lost its access to documents" in page
    assert "may have ended" in tokens_refused(admin)[0]
    assert "BEX seems to refuse its labels and e-waybills" in health(admin, identity)


def test_where_nothing_was_given_before_and_nothing_is_tracked_nothing_is_known(
    make: Make, bex: ScriptedBex, as_booker: Client, admin: User
) -> None:
    bex.on("labels", refusal(WORDS))
    assert "An admin logs" not in labels(as_booker, make("ACP0002"))
    assert tokens_refused(admin) == []


def test_it_is_not_probed_at_every_click(printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client) -> None:
    bex.on("labels", refusal(WORDS))
    waybill = make("ACP0002")
    for _ in range(3):
        assert "An admin logs" in labels(as_booker, waybill)
    assert len(bex.sent("labels")) == 1 + 3 + 2


def test_a_document_that_comes_takes_the_mark_away(
    printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client, admin: User, identity: Identity
) -> None:
    bex.on("labels", refusal(WORDS))
    labels(as_booker, make("ACP0002"))
    bex.on("labels", pdf_answer())
    assert as_booker.get(reverse("waybill-labels", args=[make("ACP0003").pk]))["Content-Type"] == "application/pdf"
    assert tokens_refused(admin) == []
    assert ">well<" in health(admin, identity)


def test_a_log_in_takes_the_mark_away(
    printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client, admin: User, identity: Identity
) -> None:
    bex.on("labels", refusal(WORDS))
    labels(as_booker, make("ACP0002"))
    bex.on("login", answer({"id": 7, "value": "planted-new"}))
    identities.log_in(
        label=identity.label, username=identity.username, password="x", by=admin, endpoint=identity.endpoint
    )
    assert tokens_refused(admin) == []


def test_a_selection_says_it_once_above_its_waybills(
    printed: Waybill, make: Make, bex: ScriptedBex, as_booker: Client, admin: User
) -> None:
    bex.on("labels", refusal(WORDS))
    ids = [str(make(number).pk) for number in ("ACP0002", "ACP0003")]
    page = as_booker.post(reverse("labels"), {"ids": ids}).content.decode()
    assert page.count("An admin logs Rooibok main in at BEX again") == 1
    assert len(tokens_refused(admin)) == 1


def test_a_selection_of_which_some_are_given_shows_that_the_token_is_good(
    make: Make, bex: ScriptedBex, as_booker: Client, admin: User
) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    bex.on("labels", all_but("ACP0002"))
    ids = [str(make(number, last_event_at=long_ago).pk) for number in ("ACP0002", "ACP0003")]
    assert "An admin logs" not in as_booker.post(reverse("labels"), {"ids": ids}).content.decode()
    assert tokens_refused(admin) == []
