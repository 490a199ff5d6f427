"""The home page: first what comes next, then what today needs."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, ShippingAccount, User
from bexportal import formats
from shipments.models import Place, Price, Quote, SendingHold, Submission, Waybill
from shipments.models.waybills import BookingState, HoldReason
from tests.cast import grant, make_identity, make_user
from tests.making import make_option, make_quote
from tests.waybills.papers import Make, signed_in

pytestmark = pytest.mark.django_db
HOME = reverse("home")


def words(client: Client) -> str:
    """What the page's main part says, without its tags."""
    main = client.get(HOME).content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    text = html.unescape(re.sub(r"<[^>]+>", " ", main)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+([.,”])", r"\1", re.sub(r"\s+", " ", text))


# --- the first run ---------------------------------------------------------------------------------------------------
def test_an_admin_is_led_from_nothing_to_the_first_shipment(admin: User) -> None:
    client = signed_in(admin)
    assert "Next: An identity" in words(client)
    assert "manage.py add_identity --label LABEL --username USER" in words(client)
    identity = make_identity()
    assert "Next: A shipping account" in words(client)
    assert "manage.py add_account NUMBER --identity LABEL --name NAME" in words(client)
    ShippingAccount.objects.create(number="316085", name="Head office", identity=identity)
    assert "Next: The list of places" in words(client)
    assert "manage.py import_places" in words(client)
    Place.objects.create(suburb="Sandton", post_code="2196", search="sandton 2196")
    assert "Everything is there: the first shipment can be priced." in words(client)
    assert f'href="{reverse("quote-new")}"' in client.get(HOME).content.decode().split("<main")[1]


def test_others_are_told_whom_to_ask_and_no_command(account: ShippingAccount) -> None:
    newcomer = make_user("zanele")
    client = signed_in(newcomer)
    assert "Ask an admin of this portal for a grant" in words(client)
    assert "manage.py" not in words(client)
    grant(newcomer, account, Role.VIEWER)
    assert "You may look, not book" in words(client)
    assert "New shipment" not in words(client)
    grant(newcomer, account, Role.BOOKER)
    assert "New shipment" in words(client)


def test_anothers_waybills_do_not_end_the_first_run(make: Make, as_stranger: Client) -> None:
    make("ACP1")
    assert "The first shipment" in words(as_stranger)


# --- today -----------------------------------------------------------------------------------------------------------
def lose(waybill: Waybill, **more: Any) -> Submission:
    values: dict[str, Any] = {
        "waybill": waybill, "number": 1, "outcome": "lost", "reference": f"REF{waybill.pk.hex[:16]}",
        "waybill_version": 1, "account": waybill.account, "identity": waybill.account.identity,
        "endpoint": waybill.endpoint, "payload": {}, "lease_until": timezone.now(), "lease_boot_id": "x",
        "lease_until_tick": 1.0,
    }  # fmt: skip
    return Submission.objects.create(**{**values, **more})


def test_what_needs_a_person_stands_on_top_with_its_reason(make: Make, as_booker: Client) -> None:
    ago = timezone.now() - timedelta(hours=2)
    lose(make(booking_state=BookingState.UNKNOWN), reason="No answer within 30 s")
    make(booking_state=BookingState.HELD, hold_reason=HoldReason.PRICE_ROSE)
    lose(make(booking_state=BookingState.REJECTED), outcome="refused", refusal="Unknown suburb", answered_at=ago)
    make("LATE1", transit_state="at_depot", promised_by=ago, last_event_at=ago, last_event_text="Arrived into UTN")
    make("FAIL1", transit_state="attempt_failed", last_event_text="Receiver closed")
    make("FINE1", transit_state="delivered", promised_by=ago)
    make()
    page = words(as_booker)
    assert "5 things need a person. 1 draft is not booked yet." in page
    heads = ["Outcome unknown 1", "Price moved 1", "Refused by BEX 1", "Late 1", "Attempt failed 1"]
    assert sorted(heads, key=page.index) == heads
    for text in (
        "No answer within 30 s. Not sent again. Waits for your decision.",
        "Dearer than agreed. Waits for your decision.",
        "BEX: “Unknown suburb”.", "Arrived into UTN.", "Receiver closed",
    ):  # fmt: skip
        assert text in page, text
    attention = page.split("Needs attention")[1].split("Booked today")[0]
    assert "FINE1" not in attention


def test_the_rest_of_a_long_group_is_one_click_away(make: Make, as_booker: Client) -> None:
    for _ in range(10):
        make(booking_state=BookingState.HELD)
    page = as_booker.get(HOME).content.decode()
    assert f'<a href="{reverse("attention")}?kind=held">2 more</a>' in page


def test_nothing_to_do_is_said(make: Make, as_booker: Client) -> None:
    make("ACP1", promised_by=None)
    assert "Nothing needs a person." in words(as_booker)


def test_who_books_is_told_that_all_sending_is_on_hold_why_and_who_ends_it(make: Make, as_booker: Client) -> None:
    make()
    assert "All sending is on hold" not in words(as_booker)
    hold = SendingHold.objects.create(reason="restored", detail="Release with manage.py after_restore --release.")
    text = words(as_booker)
    assert "All sending is on hold" in text
    assert "put back from a backup" in text
    assert "Whoever runs it reads what was found, then lets sending go on." in text
    assert "manage.py" not in text
    hold.released_at = timezone.now()
    hold.save()
    assert "All sending is on hold" not in words(as_booker)


def test_what_was_booked_today_is_summed_at_its_booked_price(make: Make, as_booker: Client) -> None:
    for place in range(12):
        waybill = make(f"ACP{place}")
        Price.objects.create(
            waybill=waybill, kind="booked", at=timezone.now(), total=Decimal("100.25"), source="attempt"
        )
    make("OLD1", booked_at=timezone.now() - timedelta(days=2))
    page = words(as_booker)
    assert "12 waybills, 12 parcels" in page
    assert "1 203.00" in page
    assert "OLD1" not in page


def test_prices_are_only_for_those_who_may_see_them(make: Make, priceless_booker: User) -> None:
    Price.objects.create(
        waybill=make("ACP1"), kind="booked", at=timezone.now(), total=Decimal("100.25"), source="attempt"
    )
    page = words(signed_in(priceless_booker))
    assert "ACP1" in page
    assert "100.25" not in page
    assert "Rand" not in page
    assert "Prices in rand" not in signed_in(priceless_booker).get(HOME).content.decode()


def test_no_column_of_prices_stands_empty(make: Make, coast: ShippingAccount, priceless_booker: User) -> None:
    """Prices of another account than those that are shown."""
    grant(priceless_booker, coast, Role.BOOKER)
    make("ACP1")
    assert "Rand" not in words(signed_in(priceless_booker))
    assert "Rand" not in signed_in(priceless_booker).get(reverse("waybills")).content.decode()
    make("COAST1", account=coast)
    assert "Rand" in words(signed_in(priceless_booker))


@pytest.fixture
def quoted_for_today(account: ShippingAccount, booker: User) -> Callable[..., None]:
    def ask(**cut_offs: timedelta) -> None:
        quote = make_quote(account, booker)
        quote.dispatch_date = timezone.localdate()
        quote.save()
        for position, (code, ahead) in enumerate(cut_offs.items(), start=1):
            make_option(quote, code=code, position=position, service_name=code, cut_off=timezone.now() + ahead)

    return ask


@pytest.fixture
def noon() -> Iterator[None]:
    """Today's: the cut-offs around it are today's as well."""
    moment = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    with time_machine.travel(moment, tick=False):
        yield


@pytest.mark.usefixtures("noon")
def test_todays_cut_offs_stand_with_the_drafts_that_wait(
    make: Make, quoted_for_today: Callable[..., None], as_booker: Client
) -> None:
    make(), make()
    quoted_for_today(ONC=timedelta(hours=2), SDX=-timedelta(hours=1), DBD=timedelta(minutes=48))
    page = words(as_booker)
    assert page.index("48 min DBD, until 12:48") < page.index("2 h ONC, until 14:00") < page.index("Passed SDX")
    assert "2 drafts wait" in page
    assert "From Sandton 2196" in page


@pytest.mark.usefixtures("noon")
def test_a_cut_off_that_has_passed_names_the_next(
    make: Make, quoted_for_today: Callable[..., None], as_booker: Client
) -> None:
    make()
    quoted_for_today(DBD=timedelta(hours=26))  # for today there was none left
    page = words(as_booker)
    tomorrow = timezone.localtime() + timedelta(hours=26)
    following = formats.moment(tomorrow, now=timezone.now()).replace(formats.NBSP, " ")
    assert f"Passed DBD Next: {following}" in page


@pytest.mark.usefixtures("noon")
def test_tomorrows_cut_offs_stand_where_all_quotes_are_for_tomorrow(
    make: Make, quoted_for_today: Callable[..., None], as_booker: Client
) -> None:
    make()
    quoted_for_today(DBD=timedelta(hours=26))
    Quote.objects.update(dispatch_date=timezone.localdate() + timedelta(days=1))
    assert "1 d 2 h DBD, until" in words(as_booker)


def test_no_cut_off_is_invented(make: Make, as_booker: Client) -> None:
    make()
    assert "until" not in words(as_booker)


def test_no_more_queries_for_many_rows_than_for_few(
    make: Make, as_booker: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def add(start: int) -> None:
        for place in range(start, start + 6):
            lose(make(booking_state=BookingState.UNKNOWN))
            make(f"ACP{place}")

    add(0)
    with django_assert_max_num_queries(38) as few:
        as_booker.get(HOME)
    add(6)
    add(12)
    with django_assert_max_num_queries(38) as many:
        as_booker.get(HOME)
    # Beyond the rows that are shown there is one more for each list, to count them.
    assert len(many) <= len(few) + 2
