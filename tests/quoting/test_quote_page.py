"""The quote page: what is typed stays, BEX's answer stands beside it, a price that is old is not relied on."""

import re
import socket
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Address, Role, ShippingAccount, User
from bexapi import NotSent
from shipments import address_book, places
from shipments.models import AddressBookEntry, ParcelPreset, Place, Quote, Waybill
from tests.cast import grant
from tests.courier import ScriptedBex, answer, option, refusal
from tests.making import RECEIVER, coming_monday, make_option, make_quote, make_waybill

pytestmark = pytest.mark.django_db


def filled(account: ShippingAccount, **more: Any) -> dict[str, Any]:
    return {
        "account": account.pk, "dispatch_date": coming_monday().isoformat(),
        "origin_suburb": "Sandton", "origin_area": "Johannesburg", "origin_post_code": "2196",
        "destination_suburb": "Stellenbosch", "destination_area": "Stellenbosch", "destination_post_code": "7600",
        "parcels-TOTAL_FORMS": "2", "parcels-INITIAL_FORMS": "0",
        "parcels-0-pieces": "1", "parcels-0-length_cm": "40", "parcels-0-breadth_cm": "40", "parcels-0-height_cm": "20",
        "parcels-0-weight_kg": "18", "parcels-1-pieces": "1", "parcels-1-length_cm": "79.2",
        "parcels-1-breadth_cm": "80", "parcels-1-height_cm": "30", "parcels-1-weight_kg": "25.00",
        **more,
    }  # fmt: skip


NEW = "/quotes/new/"


def ask(client: Client, billed: ShippingAccount, **more: Any) -> Any:
    return client.post(NEW, {**filled(billed), **more})


def text(response: Any) -> str:
    return str(response.content.decode())


def test_what_is_asked_is_what_bex_wants(as_booker: Client, account: ShippingAccount, bex: ScriptedBex) -> None:
    response = ask(as_booker, account)
    quote = Quote.objects.get()
    assert response.headers["Location"] == reverse("quote", args=[quote.pk]) + "#options-h"
    (sent,) = bex.sent("quote")
    assert (sent["totalWeight"], sent["dimMass"], sent["accountNumber"]) == (43, 224000, "316085")
    assert (sent["originSuburb"], sent["destinationPostCode"]) == ("Sandton", "7600")
    assert quote.raw
    assert quote.options.count() == 2


def test_the_options_stand_side_by_side_with_words(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    saturday = option(surchargeAddons="SURSAT", total="330.00")
    bex.on("quote", answer({"items": [option(), saturday, option("BUD", "Budget cargo", "110.00")]}))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    for expected in (
        "2 ways to send it",
        "R\xa0230.00",
        "Cheapest",
        "Saturday +R\xa0100.00",
        "guaranteed",
        "5 kg charge",
    ):
        assert expected.replace("5 kg charge", "5\xa0kg charge") in page or expected in page
    assert 'value="18"' in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("parcels-1-height_cm", "", "Height in cm."),
        ("parcels-0-weight_kg", "heavy", "Weight in kg, for instance 4.50."),
        ("parcels-0-length_cm", "4000", "is this in millimetres?"),
        ("parcels-0-pieces", "0", "At least 1 piece."),
        ("destination_post_code", "76", "4 digits"),
        ("destination_suburb", "", "The suburb where it goes."),
        ("dispatch_date", "2020-01-01", "This day has passed"),
        ("account", "", "Choose the account that is billed."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex, field: str, value: str, words: str
) -> None:
    response = ask(as_booker, account, **{field: value, "destination_name": "Kept as typed"})
    assert response.status_code == 422
    assert words in text(response)
    assert "Kept as typed" in text(response)
    assert bex.requests == []
    assert not Quote.objects.exists()


def test_a_refusal_is_bexs_words_beside_what_was_typed(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    bex.on("quote", refusal("Destination <suburb> unknown."))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    assert "Destination &lt;suburb&gt; unknown." in page
    assert 'value="Stellenbosch"' in page
    assert Quote.objects.get().state == "refused"


def test_no_answer_is_said_and_kept(as_booker: Client, account: ShippingAccount, bex: ScriptedBex) -> None:
    bex.on("quote", NotSent("connection refused"))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    assert "BEX gave no answer" in page
    assert Quote.objects.get().state == "unanswered"


def test_a_wait_that_bex_asks_for_is_said_in_seconds(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    bex.on("quote", replace(answer({}, status=429), headers={"Retry-After": "50"}))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    assert re.search(r"A price may be asked again <strong data-wait=[^>]+>in (50|4\d) s</strong>", page)
    Quote.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
    page = text(as_booker.get(reverse("quote", args=[Quote.objects.get().pk])))
    assert "A price may be asked again at any time" in page


def test_an_unknown_place_is_a_warning_and_may_be_priced_anyway_and_is_learnt(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    places.import_file(places.POST_OFFICE)
    odd = {"destination_suburb": "Nowhere Estate", "destination_area": "Paarl", "destination_post_code": "7646"}
    response = ask(as_booker, account, **odd)
    assert response.status_code == 422
    assert "Nowhere Estate 7646 is not in the list of places." in text(response)
    assert bex.requests == []
    assert ask(as_booker, account, **odd, anyway="1").status_code == 302
    assert places.known("Nowhere Estate", "7646")
    assert ask(as_booker, account, **odd).status_code == 302


def test_an_area_that_does_not_fit_is_a_warning_and_may_be_priced_anyway(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    places.import_file(places.POST_OFFICE)
    odd = {"destination_suburb": "Stellenbosch", "destination_area": "Durban", "destination_post_code": "7600"}
    response = ask(as_booker, account, **odd)
    assert response.status_code == 422
    assert "The list of places has Stellenbosch 7600 in Stellenbosch, not in Durban." in text(response)
    assert bex.requests == []
    assert ask(as_booker, account, **odd, anyway="1").status_code == 302
    assert ask(as_booker, account, **odd).status_code == 302  # who was asked is not asked again


def test_choosing_makes_one_draft_however_often(as_booker: Client, account: ShippingAccount, bex: ScriptedBex) -> None:
    ask(as_booker, account)
    quote = Quote.objects.get()
    choose = reverse("quote-choose", args=[quote.pk])
    first = quote.options.get(service_code="ONC")
    data = {"line": "1", "variant-1": str(first.pk)}
    locations = {as_booker.post(choose, data).headers["Location"] for _ in range(3)}
    waybill = Waybill.objects.get()
    assert locations == {reverse("waybill-book", args=[waybill.pk])}
    assert (waybill.quote_option, waybill.parcels.count()) == (first, 2)


def test_an_old_price_is_asked_again_before_it_is_chosen(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    ask(as_booker, account)
    Quote.objects.update(quoted_at=timezone.now() - timedelta(minutes=16))
    old = Quote.objects.get()
    bex.on("quote", answer({"items": [option(total="250.00")]}))
    page = text(
        as_booker.post(reverse("quote-choose", args=[old.pk]), {"option": str(old.options.all()[0].pk)}, follow=True)
    )
    assert "was R\xa0230.00, now R\xa0250.00" in page
    assert not Waybill.objects.exists()


def test_a_price_that_was_asked_again_shows_the_old_beside_the_new(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    ask(as_booker, account)
    bex.on("quote", answer({"items": [option(total="250.00"), option("NCA", "Normal cargo", "110.00")]}))
    again = reverse("quote-reprice", args=[Quote.objects.get().pk])
    page = text(as_booker.post(again, follow=True))
    assert "was R\xa0230.00" in page
    assert "was R\xa0110.00" not in page


def test_the_estimate_uses_the_ratios_that_were_billed(
    as_booker: Client, account: ShippingAccount, booker: User, coast: ShippingAccount, admin: User
) -> None:
    assert "{&quot;usual&quot;: &quot;5000&quot;}" in text(as_booker.get(NEW))
    for shipped, person, ratio in ((account, booker, 4000), (coast, admin, 3000)):
        waybill = make_waybill(shipped, person)
        waybill.prices.create(kind="booked", at=timezone.now(), source="answer", volumetric_ratio=Decimal(ratio))
    page = text(as_booker.get(NEW))
    assert "&quot;others&quot;: &quot;5000&quot;, &quot;ONC&quot;: &quot;4000&quot;" in page
    assert "3000" not in page


@pytest.mark.parametrize("mark", ["x", "2026-01-01T00:00:00_x", "2026-01-01T00:00:00+02:00_" + "x" * 36])
def test_a_mangled_address_of_a_page_begins_at_the_newest(
    as_booker: Client, account: ShippingAccount, booker: User, mark: str
) -> None:
    make_quote(account, booker)
    assert text(as_booker.get(reverse("quotes"), {"before": mark})).count("data-row>") == 1


def test_the_queries_of_the_quote_page_do_not_grow(as_booker: Client, account: ShippingAccount, booker: User) -> None:
    quote = make_quote(account, booker)
    make_option(quote)
    url = reverse("quote", args=[quote.pk])
    as_booker.get(url)
    with CaptureQueriesContext(connection) as few:
        as_booker.get(url)
    for position in range(2, 12):
        make_option(quote, code=f"S{position}", position=position)
        quote.lines.create(position=position, length_cm=1, breadth_cm=1, height_cm=1, weight_kg=1)
    with CaptureQueriesContext(connection) as many:
        as_booker.get(url)
    assert len(many) == len(few)


def test_a_service_past_its_cut_off_says_so(as_booker: Client, account: ShippingAccount, booker: User) -> None:
    quote = make_quote(account, booker)
    make_option(quote, cut_off=timezone.now() - timedelta(minutes=1))
    make_option(quote, code="BUD", position=2, cut_off=timezone.now() + timedelta(minutes=48, seconds=30))
    page = text(as_booker.get(reverse("quote", args=[quote.pk])))
    assert ">passed: price again for the next one<" in page
    assert ">48\xa0min left<" in page


def test_a_line_that_is_no_number_removes_none(as_booker: Client, account: ShippingAccount) -> None:
    for odd in ("²", "-1", "9", "", "٠"):
        page = text(as_booker.post(NEW, {**filled(account), "remove_line": odd}))
        assert page.count("data-line role") >= 2, odd


@pytest.mark.parametrize("name", ["quote-choose", "quote-reprice"])
def test_the_address_of_a_click_leads_back_to_its_quote(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex, name: str
) -> None:
    quote = make_quote(account, booker)
    reply = as_booker.get(reverse(name, args=[quote.pk]))
    assert (reply.status_code, reply["Location"]) == (302, reverse("quote", args=[quote.pk]))
    assert (bex.requests, Waybill.objects.count()) == ([], 0)


def test_more_add_ons_than_a_line_shows_go_on_in_the_next_line(
    as_booker: Client, account: ShippingAccount, booker: User
) -> None:
    quote = make_quote(account, booker)
    for position in range(1, 7):
        make_option(quote, position=position, add_on=f"SUR{position}" if position > 1 else "")
    make_option(quote, code="BUD", position=7, total="110.00")
    page = text(as_booker.get(reverse("quote", args=[quote.pk])))
    assert page.count('value="' + str(quote.options.get(position=6).pk)) == 1
    assert page.count("Cheapest<") == 1
    keys = re.findall(r'name="line" value="(.)"', page)
    assert keys == ["1", "2", "3"]
    sixth = {"line": "2", "variant-2": str(quote.options.get(position=6).pk)}
    as_booker.post(reverse("quote-choose", args=[quote.pk]), sixth)
    assert Waybill.objects.get().add_on == "SUR6"


def test_a_shipment_of_an_account_one_may_only_look_at_asks_for_the_account(
    as_booker: Client, account: ShippingAccount, coast: ShippingAccount, booker: User
) -> None:
    quote = make_quote(coast, booker)
    grant(booker, coast, Role.VIEWER)
    page = text(as_booker.get(NEW, {"again": str(quote.pk)}))
    assert '<option value="">Choose: you may not book on the one it had</option>' in page


def test_a_question_that_was_interrupted_says_so(as_booker: Client, account: ShippingAccount, booker: User) -> None:
    quote = make_quote(account, booker)
    Quote.objects.update(state="unanswered", failure="", quoted_at=None)
    assert "The question was interrupted." in text(as_booker.get(reverse("quote", args=[quote.pk])))


def test_a_quote_whose_day_has_passed_leads_to_another_day(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    quote = make_quote(account, booker)
    option_ = make_option(quote)
    past = timezone.localdate() - timedelta(days=3)
    Quote.objects.update(dispatch_date=past, quoted_at=timezone.now() - timedelta(days=3))
    for url, data in (("quote-reprice", {}), ("quote-choose", {"option": str(option_.pk)})):
        response = as_booker.post(reverse(url, args=[quote.pk]), data, follow=True)
        assert "has passed" in text(response)
        assert f'value="{past.isoformat()}"' not in text(response)
        assert 'name="destination_suburb" value="Stellenbosch"' in text(response)
    assert bex.requests == []


def test_an_answer_without_services_is_none(as_booker: Client, account: ShippingAccount, bex: ScriptedBex) -> None:
    bex.on("quote", answer({"items": []}))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    assert "BEX gave no answer" in page
    assert "0 ways" not in page


def test_who_may_only_look_sees_the_answer_and_nothing_to_press(
    client: Client, account: ShippingAccount, viewer: User, booker: User
) -> None:
    client.force_login(viewer, backend="accounts.backends.NameOrEmailBackend")
    quote = make_quote(account, booker)
    made = make_option(quote)
    page = text(client.get(reverse("quote", args=[quote.pk])))
    assert "R\xa0230.00" in page
    shown = page.split("<main")[1].split("</main")[0]
    assert "Choose" not in shown
    assert "Price again" not in shown
    assert client.post(reverse("quote-choose", args=[quote.pk]), {"option": str(made.pk)}).status_code == 404
    assert client.post(reverse("quote-reprice", args=[quote.pk])).status_code == 404


def test_a_quote_is_found_by_its_receiver(as_booker: Client, account: ShippingAccount, bex: ScriptedBex) -> None:
    ask(as_booker, account, destination_name="Helderberg Dental")
    assert text(as_booker.get(reverse("quotes"), {"q": "dental helder"})).count("data-row>") == 1


def test_an_old_page_says_so(as_booker: Client, account: ShippingAccount, booker: User) -> None:
    quote = make_quote(account, booker)
    make_option(quote)
    Quote.objects.update(quoted_at=timezone.now() - timedelta(minutes=16))
    page = text(as_booker.get(reverse("quote", args=[quote.pk])))
    assert ">16\xa0min</span> old" in page


def test_who_may_not_see_prices_sees_none_in_any_order(
    client: Client, account: ShippingAccount, booker: User, priceless_booker: User
) -> None:
    client.force_login(priceless_booker, backend="accounts.backends.NameOrEmailBackend")
    quote = make_quote(account, booker)
    make_option(quote, total="987.65")
    for url in (reverse("quote", args=[quote.pk]) + "?order=price", reverse("quotes")):
        page = text(client.get(url))
        assert "987.65" not in page
        assert "heapest" not in page


def test_anothers_quote_is_not_found(as_stranger: Client, account: ShippingAccount, booker: User) -> None:
    quote = make_quote(account, booker)
    assert as_stranger.get(reverse("quote", args=[quote.pk])).status_code == 404
    assert as_stranger.post(reverse("quote-choose", args=[quote.pk])).status_code == 404
    assert as_stranger.get(NEW, {"again": str(quote.pk)}).status_code == 404


def test_an_account_without_a_grant_cannot_be_asked_for(
    as_booker: Client, coast: ShippingAccount, account: ShippingAccount, bex: ScriptedBex
) -> None:
    response = ask(as_booker, coast)
    assert response.status_code == 422
    assert "You may not book on this account" in text(response)
    assert bex.requests == []


def test_a_quote_starts_the_next_one_as_it_was_or_the_way_back(
    as_booker: Client, account: ShippingAccount, booker: User
) -> None:
    quote = make_quote(account, booker)
    same = text(as_booker.get(NEW, {"again": str(quote.pk)}))
    back = text(as_booker.get(NEW, {"again": str(quote.pk), "way": "back"}))
    assert 'name="origin_suburb" value="Sandton"' in same
    assert 'name="origin_suburb" value="Stellenbosch"' in back
    assert 'value="40"' in same


def test_a_waybill_starts_the_next_one_with_its_addresses(
    as_booker: Client, account: ShippingAccount, booker: User, bex: ScriptedBex
) -> None:
    waybill = make_waybill(account, booker)
    page = text(as_booker.get(NEW, {"waybill": str(waybill.pk)}))
    assert f'value="{waybill.receiver_id}"' in page
    ask(as_booker, account, destination_address=str(waybill.receiver_id), destination_name=RECEIVER["company"])
    assert Quote.objects.latest("created_at").receiver == waybill.receiver


def test_an_address_of_others_cannot_be_taken_by_its_id(
    as_booker: Client, account: ShippingAccount, coast: ShippingAccount, admin: User, bex: ScriptedBex
) -> None:
    theirs = make_waybill(coast, admin)
    ask(as_booker, account, destination_address=str(theirs.receiver_id))
    assert Quote.objects.get(account=account).receiver is None


def test_without_script_lines_are_added_and_removed_and_nothing_is_lost(
    as_booker: Client, account: ShippingAccount
) -> None:
    added = text(ask(as_booker, account, add_line="1"))
    assert 'name="parcels-2-length_cm"' in added
    assert 'value="79.2"' in added
    removed = text(ask(as_booker, account, remove_line="0"))
    assert 'name="parcels-1-length_cm"' not in removed
    assert 'value="79.2"' in removed


def test_presets_fill_a_line(as_booker: Client, account: ShippingAccount) -> None:
    ParcelPreset.objects.create(name="Shoe box", length_cm=35, breadth_cm=22, height_cm=14, weight_kg=2)
    page = text(as_booker.get(NEW))
    assert "Shoe box" in page
    assert "&quot;length_cm&quot;: &quot;35&quot;" in page


def test_the_list_is_searched_and_paged_and_its_queries_do_not_grow(
    as_booker: Client, account: ShippingAccount, booker: User
) -> None:
    make_option(make_quote(account, booker, search="sandton stellenbosch"))
    as_booker.get(reverse("quotes"))
    with CaptureQueriesContext(connection) as few:
        as_booker.get(reverse("quotes"))
    for _ in range(30):
        make_option(make_quote(account, booker, search="sandton paarl"))
    with CaptureQueriesContext(connection) as many:
        page = text(as_booker.get(reverse("quotes")))
    assert len(many) == len(few)
    assert page.count("data-row>") == 25
    older = page.split("?before=")[1].split('"')[0]
    assert text(as_booker.get(f"{reverse('quotes')}?before={older}")).count("data-row>") == 6
    assert text(as_booker.get(reverse("quotes"), {"q": "stellenbosch"})).count("data-row>") == 1
    assert "No quote has" in text(as_booker.get(reverse("quotes"), {"q": "durban"}))


# --- places and addresses --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "first"),
    [("stell 7600", "Stellenbosch"), ("7600", "Stellenbosch"), ("sandto", "Sandton"), ("Gqeb central", "Central")],
)
def test_a_place_is_completed_by_any_of_its_names(as_booker: Client, typed: str, first: str) -> None:
    places.import_file(places.POST_OFFICE)
    found = as_booker.get(reverse("places"), {"q": typed}).json()["options"]
    assert found[0]["label"].startswith(first)
    assert len(found) <= 10


def test_renamed_towns_are_found_by_both_names(db: None) -> None:
    places.import_file(places.POST_OFFICE)
    old, new = places.complete("port elizabeth"), places.complete("gqeberha")
    assert old
    assert new
    assert {place.area.casefold() for place in new} & {"port elizabeth", "gqeberha"}


def test_importing_twice_adds_nothing(db: None, tmp_path: Any) -> None:
    added, there = places.import_file(places.GEONAMES)
    assert (added > 3000, there) == (True, 0)
    assert places.import_file(places.GEONAMES)[0] == 0
    (tmp_path / "odd.csv").write_text("a;b\n")
    with pytest.raises(places.UnknownLayout):
        places.import_file(tmp_path / "odd.csv")


def test_codes_keep_their_zeros(db: None) -> None:
    places.import_file(places.GEONAMES)
    assert Place.objects.filter(post_code="0002", suburb="Pretoria").exists()


def test_the_address_book_fills_itself_and_counts(account: ShippingAccount, booker: User) -> None:
    waybill = make_waybill(account, booker)
    again = Address.objects.create(**{**RECEIVER, "company": RECEIVER["company"].upper()})
    assert waybill.receiver is not None
    address_book.remember(account, "receiver", waybill.receiver)
    address_book.remember(account, "receiver", again)
    assert AddressBookEntry.objects.get().uses == 2


def test_completion_shows_no_address_of_others(
    as_booker: Client, account: ShippingAccount, coast: ShippingAccount, admin: User
) -> None:
    theirs = make_waybill(coast, admin).receiver
    assert theirs is not None
    address_book.remember(coast, "receiver", theirs)
    url = reverse("address-book-search")
    assert as_booker.get(url, {"q": "obri", "end": "receiver"}).json() == {"options": []}
    address_book.remember(account, "receiver", theirs)
    (found,) = as_booker.get(url, {"q": "o'bri", "end": "receiver", "account": str(account.pk)}).json()["options"]
    assert found["fill"]["street"] == "7 Dorp Street"
    assert "7 Dorp Street" in text(as_booker.get(reverse("address-book")))


def test_a_refused_token_is_told_from_a_refused_shipment(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    bex.on("quote", refusal("Invalid token."))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    account.refresh_from_db()
    assert account.state == "paused"
    assert "refuses this portal’s own access, not your shipment" in page
    assert 'value="Stellenbosch"' in page


def test_words_about_a_token_pause_nothing_where_the_probe_is_answered(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    bex.on("quote", refusal("The receiver’s token parcel is too large."), answer({"items": [option()]}))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    account.refresh_from_db()
    assert account.state == "active"
    assert "correct what BEX means" in page


def test_a_good_quote_is_a_good_call_of_its_identity(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex
) -> None:
    bex.on("quote", answer({"items": [option()]}))
    ask(as_booker, account)
    account.identity.refresh_from_db()
    assert account.identity.last_good_call_at is not None


def test_a_refused_quote_is_told_while_the_cache_is_away(
    as_booker: Client, account: ShippingAccount, bex: ScriptedBex, settings: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = listener.getsockname()[1]
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://127.0.0.1:{nobody}/0"
        }
    }  # fmt: skip
    bex.on("quote", refusal("Destination suburb unknown."), answer({"items": [option()]}))
    page = text(as_booker.post(NEW, filled(account), follow=True))
    assert "Destination suburb unknown." in page
