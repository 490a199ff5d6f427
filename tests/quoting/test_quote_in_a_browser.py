"""The quote page in a real browser, by keyboard, with the sandbox behind it."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Address, Role, ShippingAccount, User
from shipments import address_book
from shipments.models import Quote, Waybill
from tests.cast import grant
from tests.making import RECEIVER
from tests.quoting.typing_keys import complete_the_place, fill_the_line, fill_without_the_list, value

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_place_is_completed_by_keyboard(quote_page: Page) -> None:
    quote_page.focus("[name=destination_suburb]")
    quote_page.keyboard.type("stellenb")
    expect(quote_page.locator("li[role=option]")).to_have_count(2)
    quote_page.keyboard.press("ArrowDown")
    quote_page.keyboard.press("Enter")

    assert value(quote_page, "destination_suburb") == "Stellenbosch Central"
    assert value(quote_page, "destination_post_code") == "7601"
    expect(quote_page.locator("li[role=option]").first).to_be_hidden()


def test_the_list_only_completes(quote_page: Page) -> None:
    quote_page.focus("[name=destination_suburb]")
    quote_page.keyboard.type("stellenb")
    expect(quote_page.locator("li[role=option]").first).to_be_visible()
    quote_page.keyboard.press("Escape")
    quote_page.keyboard.type("erg")

    assert value(quote_page, "destination_suburb") == "stellenberg"
    assert value(quote_page, "destination_post_code") == ""


def test_a_receiver_from_the_address_book_brings_its_place(quote_page: Page, at_the_sandbox: ShippingAccount) -> None:
    receiver = Address.objects.create(**RECEIVER)
    address_book.remember(at_the_sandbox, "receiver", receiver)
    quote_page.focus("[name=destination_name]")
    quote_page.keyboard.type("brien")
    expect(quote_page.locator("li[role=option]")).to_have_count(1)
    quote_page.keyboard.press("Enter")

    assert value(quote_page, "destination_name") == RECEIVER["company"]
    assert value(quote_page, "destination_post_code") == "7600"
    assert value(quote_page, "destination_address") == str(receiver.pk)


def test_lines_are_added_filled_by_a_preset_totalled_and_removed(quote_page: Page) -> None:
    fill_the_line(quote_page, "40", "40", "20", "18")
    quote_page.focus("[name=parcels-0-weight_kg]")
    quote_page.keyboard.press("Enter")
    quote_page.get_by_label("Preset of line 2").select_option(label="Bench unit")
    quote_page.focus("[name=parcels-1-weight_kg]")
    quote_page.keyboard.type("25.00")

    assert value(quote_page, "parcels-1-height_cm") == "30"
    expect(quote_page.locator("[data-total=weight_kg]")).to_have_text("43.00\u00a0kg")
    expect(quote_page.locator("[data-total=volume_m3]")).to_have_text("0.224\u00a0m³")
    expect(quote_page.locator("[data-total=chargeable_kg]")).to_have_text("45\u00a0kg")
    quote_page.get_by_role("button", name="Remove line 1").click()
    assert value(quote_page, "parcels-0-length_cm") == "80"
    expect(quote_page.locator("[data-total=weight_kg]")).to_have_text("25.00\u00a0kg")


def test_errors_keep_what_was_typed_and_take_the_focus(quote_page: Page) -> None:
    quote_page.fill("[name=destination_suburb]", "Stellenbosch")
    quote_page.fill("[name=destination_post_code]", "76")
    fill_the_line(quote_page, "40", "4O", "20", "18")
    quote_page.keyboard.press("Control+Enter")

    summary = quote_page.get_by_role("alert")
    expect(summary).to_contain_text("4 digits")
    expect(summary).to_be_focused()
    assert value(quote_page, "parcels-0-breadth_cm") == "4O"
    assert value(quote_page, "destination_suburb") == "Stellenbosch"
    summary.get_by_role("link", name="Breadth").click()
    expect(quote_page.locator("[name=parcels-0-breadth_cm]")).to_be_focused()


def test_a_price_by_keyboard_alone_becomes_a_draft(quote_page: Page, told: list[str]) -> None:
    complete_the_place(quote_page)
    fill_the_line(quote_page, "40", "40", "20", "18")
    quote_page.keyboard.press("Control+Enter")
    heading = quote_page.get_by_role("heading", name="ways to send it")
    expect(heading).to_be_in_viewport()
    quote_page.keyboard.press("2")
    quote_page.wait_for_url("**/book/")

    waybill = Waybill.objects.get()
    second = Quote.objects.get().options.order_by("scheduled_delivery", "total").exclude(add_on__gt="")[1]
    assert waybill.quote_option == second
    assert waybill.sender is not None
    assert told == []


def test_another_account_brings_its_sender_unless_one_was_written(
    quote_page: Page, coast: ShippingAccount, at_the_sandbox: ShippingAccount, booker: User
) -> None:
    grant(booker, coast, Role.BOOKER)
    coast.default_sender = Address.objects.create(
        company="Rooibok Coast", suburb="Paarl", city="Paarl", post_code="7646"
    )
    coast.save()
    quote_page.reload()
    account = quote_page.get_by_label("Shipping account")
    account.select_option(str(coast.pk))
    assert value(quote_page, "origin_name") == "Rooibok Coast"
    assert value(quote_page, "origin_address") == str(coast.default_sender_id)
    account.select_option(str(at_the_sandbox.pk))
    assert value(quote_page, "origin_suburb") == "Sandton"
    quote_page.fill("[name=origin_suburb]", "Randburg")
    account.select_option(str(coast.pk))
    assert value(quote_page, "origin_suburb") == "Randburg"
    assert value(quote_page, "origin_name") != "Rooibok Coast"


def test_an_unknown_place_asks_and_price_anyway_goes_on(quote_page: Page) -> None:
    complete_the_place(quote_page)
    quote_page.fill("[name=destination_post_code]", "7602")
    fill_the_line(quote_page, "40", "40", "20", "18")
    quote_page.keyboard.press("Control+Enter")

    expect(quote_page.get_by_role("alert")).to_contain_text("Stellenbosch 7602 is not in the list of places")
    quote_page.get_by_role("button", name="Price anyway").click()
    expect(quote_page.get_by_role("heading", name="ways to send it")).to_be_visible()


def test_a_price_becomes_old_while_the_page_stands_open(quote_page: Page) -> None:
    quote_page.clock.install()
    quote_page.reload()
    quote_page.wait_for_load_state("networkidle")
    fill_without_the_list(quote_page)
    expect(quote_page.get_by_role("button", name="Choose").first).to_be_visible()
    quote_page.clock.run_for(15 * 60_000 + 1000)

    expect(quote_page.get_by_role("status").filter(has_text="old")).to_be_visible()
    expect(quote_page.get_by_role("button", name="Choose")).to_have_count(0)
    quote_page.get_by_role("button", name="Price again").click()
    expect(quote_page.get_by_role("button", name="Choose").first).to_be_visible()


def test_nothing_reaches_over_the_edge_at_any_width(quote_page: Page, in_browser: str, told: list[str]) -> None:
    complete_the_place(quote_page)
    fill_the_line(quote_page, "40", "40", "20", "18")
    check_widths(quote_page, "as typed")
    quote_page.keyboard.press("Control+Enter")
    expect(quote_page.get_by_role("heading", name="ways to send it")).to_be_visible()
    for opened in quote_page.get_by_text("What it is made of").all():
        opened.click()
    check_widths(quote_page, "answered")
    for path in ("/quotes/", "/quotes/?q=nowhere", "/address-book/"):
        quote_page.goto(in_browser + path)
        check_widths(quote_page, path)
    assert told == []


def check_widths(page: Page, what: str) -> None:
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{what} at {width}"
