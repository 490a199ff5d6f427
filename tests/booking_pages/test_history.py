"""Who did what, when, on which evidence: as the waybill's page says it."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey, User
from bexapi import MaybeSent
from bexportal.examples import WAYBILL
from shipments import booking, evidence, sending
from shipments.answers import Answer, store
from shipments.models import Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import NumberSource
from tests.api.conftest import Api
from tests.courier import ScriptedBex, answer, option, refusal, tracked
from tests.making import coming_monday
from tests.waybills.papers import pdf_answer
from tracking import sync

pytestmark = pytest.mark.django_db
CALL: Any = {"spoke_to": "Sipho", "note": "gave the number"}
NUMBER = "ACP00000005"


def told(client: Client, waybill: Waybill) -> str:
    """The page's history, newest first, without its markup."""
    page = client.get(reverse("waybill", args=[waybill.pk])).content.decode()
    part = page[page.index('id="trail"') :].partition("</section>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)))


def seen(unknown: Waybill, number: str = NUMBER) -> Any:
    """BEX's tracking of this very shipment."""
    reference = unknown.attempts.get().reference
    at = timezone.localtime().strftime("%d-%m-%Y %H:%M")
    return tracked(("1", number, [(at, "Shipment integrated to courier system")]), senders_ref=reference)


@pytest.fixture
def unknown(asked: Waybill, bex: ScriptedBex) -> Waybill:
    bex.on("submit", MaybeSent("no answer in time"))
    sending.send(asked.pk)
    Submission.objects.update(lease_until=timezone.now() - timedelta(hours=1), lease_until_tick=0)
    return Waybill.objects.get(pk=asked.pk)


def enter(unknown: Waybill, by: User, **more: Any) -> Waybill:
    return booking.enter_number(unknown.pk, by, unknown.version, NUMBER, **CALL, **more)


def test_an_entered_number_that_tracking_shows_says_so(
    unknown: Waybill, booker: User, as_booker: Client, bex: ScriptedBex
) -> None:
    bex.on("track", seen(unknown))
    text = told(as_booker, enter(unknown, booker))
    assert f"Thandi Mokoena entered BEX’s number: {NUMBER} BEX’s tracking shows it. Spoke to Sipho." in text
    assert f"booked as {NUMBER}, entered by Thandi Mokoena: BEX’s tracking shows it" in text


def test_an_entered_number_whose_label_opens_says_so(
    unknown: Waybill, booker: User, as_booker: Client, bex: ScriptedBex
) -> None:
    bex.on("labels", pdf_answer())
    text = told(as_booker, enter(unknown, booker))
    assert f"entered BEX’s number: {NUMBER} Its label opens under this account. Spoke" in text
    assert f"booked as {NUMBER}, entered by Thandi Mokoena: its label opens under this account" in text


def test_a_number_on_their_word_says_so_and_when_tracking_agreed(
    unknown: Waybill, booker: User, as_booker: Client, bex: ScriptedBex
) -> None:
    bex.on("labels", refusal("Waybill not found."))
    entered = enter(unknown, booker, on_their_word=True)
    text = told(as_booker, entered)
    assert f"entered BEX’s number: {NUMBER} On their word. Spoke to Sipho." in text
    assert f"booked as {NUMBER}, entered by Thandi Mokoena: on their word" in text
    assert "it is confirmed" not in text
    bex.on("track", seen(unknown))
    sync.refresh(entered)
    assert f"BEX’s tracking shows {NUMBER}: it is confirmed" in told(as_booker, entered)


def test_a_number_that_a_webhook_told_says_so(unknown: Waybill, as_booker: Client, bex: ScriptedBex) -> None:
    reference = unknown.attempts.get().reference
    assert evidence.told_of(unknown.endpoint, NUMBER, reference=reference)
    assert f"Attempt 1 is booked as {NUMBER}, told by BEX’s webhook" in told(as_booker, unknown)


@pytest.mark.parametrize("source", [one for one in NumberSource if one != "tracking"])
def test_whatever_told_a_number_but_bexs_own_answer_is_named(
    unknown: Waybill, as_booker: Client, source: NumberSource
) -> None:
    store(unknown.attempts.get().pk, Answer(Outcome.BOOKED, waybill_number=NUMBER, source=source))
    text = told(as_booker, unknown)
    assert (f"is booked as {NUMBER} " in text) == (source == NumberSource.ANSWER)


@pytest.fixture
def api(booker: User, bex: ScriptedBex) -> Api:
    bex.on("quote", answer({"items": [option()]}))
    return Api(api_keys.create(booker, name="ERP", scopes=["book", "read"], by=booker)[1])


def machine() -> str:
    return f"API key ERP ({ApiKey.objects.get().prefix}…) of Thandi Mokoena"


def test_what_an_api_key_asked_for_is_said_of_the_key(
    api: Api, account: Any, as_booker: Client, bex: ScriptedBex
) -> None:
    booked = api.book({**WAYBILL, "collection_date": coming_monday().isoformat()})
    assert booked.status_code == 201, booked.content
    waybill = Waybill.objects.get()
    text = told(as_booker, waybill)
    for expected in ("The {} made the draft", "The {} asked to book it", "Asked for by the {}"):
        assert expected.format(machine()) in text
    key = ApiKey.objects.get()
    assert (waybill.decisions.get(kind="asked").key, waybill.attempts.get().asked_with) == (key, key)


def test_what_a_person_asked_for_is_not(unknown: Waybill, as_booker: Client) -> None:
    text = told(as_booker, unknown)
    assert "Thandi Mokoena asked to book it" in text
    assert "Asked for by Thandi Mokoena" in text
    assert "API key" not in text


def test_a_number_that_an_api_key_entered_is_said_of_the_key(
    unknown: Waybill, api: Api, as_booker: Client, bex: ScriptedBex
) -> None:
    bex.on("track", seen(unknown))
    said = api.call("POST", f"/waybills/{unknown.pk}/resolution", {"waybill_number": NUMBER, **CALL})
    assert said.status_code == 200, said.content
    text = told(as_booker, unknown)
    assert f"The {machine()} entered BEX’s number: {NUMBER} BEX’s tracking shows it." in text
    assert f"entered by the {machine()}: BEX’s tracking shows it" in text


def test_a_person_who_lets_a_machines_waybill_go_on_asked_for_it_themselves(
    api: Api, account: Any, booker: User, as_booker: Client, bex: ScriptedBex
) -> None:
    bex.on("submit", refusal("Suburb unknown."))
    assert api.book({**WAYBILL, "collection_date": coming_monday().isoformat()}).status_code == 422
    refused = Waybill.objects.get()
    booking.ask(refused.pk, booker, refused.version)
    assert Waybill.objects.get().asked_with is None
