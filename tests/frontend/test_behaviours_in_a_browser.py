"""What the scripts do, seen in a real browser on a page with every part."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect


@pytest.fixture
def shown(page: Page, parts: str) -> Page:
    page.goto(f"{parts}/parts/")
    page.wait_for_function("document.querySelector('[data-combo] [role=combobox]') !== null")
    return page


def scan(page: Page, text: str) -> None:
    """As a scanner does: every character within the same moment, then Enter."""
    page.evaluate(
        """(text) => {
            for (const key of [...text, "Enter"]) {
                const target = document.activeElement ?? document.body;
                target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            }
        }""",
        text,
    )


def press_slowly(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(90)


class TestKeys:
    def test_slash_goes_to_find_and_letters_typed_there_are_only_text(self, shown: Page) -> None:
        press_slowly(shown, "/")
        expect(shown.locator("#find")).to_be_focused()
        press_slowly(shown, "n", "p")
        expect(shown.locator("#find")).to_have_value("np")
        assert shown.url.endswith("/parts/")

    def test_a_letter_presses_the_button_that_asks_for_it(self, shown: Page) -> None:
        shown.evaluate("document.querySelector('#print').addEventListener('click', () => document.title = 'printed')")
        press_slowly(shown, "p")
        expect(shown).to_have_title("printed")

    def test_g_then_w_goes_to_the_waybills(self, shown: Page) -> None:
        # Pressed by the page's own clock: on a busy machine the keys of a driver come too late for a sequence.
        shown.evaluate(
            """() => ["g", "w"].forEach((key, after) => setTimeout(() => document.body.dispatchEvent(
                new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })), after * 200))"""
        )
        expect(shown).to_have_url(re.compile(r"/waybills/$"))

    def test_j_and_k_move_through_rows_and_x_selects(self, shown: Page) -> None:
        press_slowly(shown, "j", "j")
        expect(shown.get_by_role("link", name="ACP00000129")).to_be_focused()
        press_slowly(shown, "x", "k")
        expect(shown.get_by_role("link", name="ACP00000131")).to_be_focused()
        expect(shown.get_by_label("Select ACP00000129")).to_be_checked()

    def test_the_question_mark_lists_the_keys_of_this_page(self, shown: Page) -> None:
        press_slowly(shown, "?")
        dialog = shown.get_by_role("dialog", name="Keyboard")
        expect(dialog).to_be_visible()
        expect(dialog.locator("[data-page-keys]")).to_contain_text("Print 2 labels")
        shown.keyboard.press("Escape")
        expect(dialog).to_be_hidden()

    def test_a_scanner_goes_to_find_and_triggers_no_key(self, shown: Page) -> None:
        shown.evaluate("document.querySelector('#print').addEventListener('click', () => localStorage.pressed = 'yes')")
        scan(shown, "ACPpn/00000131")
        expect(shown).to_have_url(re.compile(r"/waybills/\?q=ACPpn%2F00000131$"))
        assert shown.evaluate("localStorage.pressed") is None

    def test_single_letters_can_be_switched_off_for_good(self, shown: Page) -> None:
        shown.locator("details.menu[data-menu] > summary").click()
        shown.get_by_label("Single-letter keys").uncheck()
        shown.reload()
        press_slowly(shown, "/", "g", "w")
        expect(shown.locator("#find")).not_to_be_focused()
        assert shown.url.endswith("/parts/")
        assert shown.locator("#print").get_attribute("aria-keyshortcuts") is None


class TestTheme:
    def test_the_choice_stands_before_the_next_page_is_painted(self, shown: Page) -> None:
        shown.locator("details.menu[data-menu] > summary").click()
        shown.get_by_label("Dark").check()
        shown.reload()
        assert shown.evaluate("document.documentElement.dataset.theme") == "dark"
        expect(shown.locator("body")).to_have_css("color", "rgb(238, 235, 228)")


def offered(page: Page) -> Locator:
    return page.locator("li[role=option]:visible")


class TestCompletion:
    def test_arrows_and_enter_take_a_place_and_fill_its_post_code(self, shown: Page) -> None:
        field = shown.locator("#id_receiver_suburb")
        field.press_sequentially("stel", delay=20)
        expect(offered(shown)).to_have_count(3)
        assert field.get_attribute("aria-activedescendant") == offered(shown).nth(0).get_attribute("id")
        field.press("ArrowDown")
        assert field.get_attribute("aria-activedescendant") == offered(shown).nth(1).get_attribute("id")
        field.press("Enter")
        expect(field).to_have_value("Stellenbosch")
        expect(shown.locator("#id_receiver_post_code")).to_have_value("7613")
        expect(field).to_have_attribute("aria-expanded", "false")

    def test_what_was_typed_stays_where_nothing_was_chosen(self, shown: Page) -> None:
        field = shown.locator("#id_sender_suburb")
        field.press_sequentially("stel", delay=20)
        expect(offered(shown)).to_have_count(3)
        field.press("Tab")
        expect(field).to_have_value("stel")
        expect(offered(shown)).to_have_count(0)

    @pytest.mark.parametrize("end", ["sender", "receiver"])
    def test_enter_takes_the_first_and_never_sends_the_form(self, shown: Page, end: str) -> None:
        sent: list[str] = []
        shown.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        field = shown.locator(f"#id_{end}_suburb")
        field.press_sequentially("paa", delay=20)
        expect(offered(shown)).to_have_count(1)
        field.press("Enter")
        expect(field).to_have_value("Paarl")
        expect(shown.locator(f"#id_{end}_post_code")).to_have_value("7646")
        expect(offered(shown)).to_have_count(0)
        assert sent == []

    def test_escape_closes_the_list_and_keeps_the_text(self, shown: Page) -> None:
        field = shown.locator("#id_receiver_suburb")
        field.press_sequentially("stel", delay=20)
        expect(offered(shown)).to_have_count(3)
        field.press("Escape")
        expect(offered(shown)).to_have_count(0)
        expect(field).to_have_value("stel")

    def test_the_two_ends_change_places(self, shown: Page) -> None:
        shown.locator("#id_sender_suburb").fill("Croydon")
        shown.locator("#id_receiver_suburb").fill("Paarl")
        shown.get_by_role("button", name="Swap", exact=True).first.click()
        expect(shown.locator("#id_sender_suburb")).to_have_value("Paarl")
        expect(shown.locator("#id_receiver_suburb")).to_have_value("Croydon")


class TestParcels:
    def fill_line(self, page: Page, number: int, *values: str) -> None:
        names = ("pieces", "length_cm", "breadth_cm", "height_cm", "weight_kg")
        for name, value in zip(names, values, strict=True):
            page.locator(f"[name=parcels-{number}-{name}]").fill(value)

    def test_totals_follow_the_typing(self, shown: Page) -> None:
        self.fill_line(shown, 0, "1", "40", "40", "20", "18,00")
        shown.get_by_role("button", name="Add a line").click()
        self.fill_line(shown, 1, "1", "80", "80", "30", "25.00")
        total = shown.locator("[data-parcels] .totals")
        expect(total).to_contain_text("43.00\u00a0kg")
        expect(total).to_contain_text("0.224\u00a0m³")
        expect(total).to_contain_text("45 to 56\u00a0kg")
        expect(shown.locator("[data-total=explained]")).to_contain_text(
            "224\u00a0000\u00a0cm³ is 44.8\u00a0kg at 5\u00a0000"
        )

    def test_an_unfinished_line_makes_the_totals_unknown(self, shown: Page) -> None:
        self.fill_line(shown, 0, "1", "40", "40", "", "18")
        expect(shown.locator("[data-total=weight_kg]")).to_have_text("18.00\u00a0kg")
        expect(shown.locator("[data-total=volume_m3]")).to_have_text("not known yet")

    def test_enter_in_the_last_cell_begins_the_next_line(self, shown: Page) -> None:
        self.fill_line(shown, 0, "1", "40", "40", "20", "18")
        shown.locator("[name=parcels-0-weight_kg]").press("Enter")
        expect(shown.locator("[data-line]")).to_have_count(2)
        expect(shown.locator("[data-line]").nth(1).locator("select")).to_be_focused()
        expect(shown.locator("[name=parcels-TOTAL_FORMS]")).to_have_value("2")

    def test_a_removed_line_leaves_no_gap_in_the_names(self, shown: Page) -> None:
        self.fill_line(shown, 0, "1", "40", "40", "20", "18")
        shown.get_by_role("button", name="Add a line").click()
        self.fill_line(shown, 1, "2", "10", "10", "10", "1")
        shown.get_by_role("button", name="Remove line 1").click()
        expect(shown.locator("[name=parcels-0-pieces]")).to_have_value("2")
        expect(shown.locator("[name=parcels-TOTAL_FORMS]")).to_have_value("1")
        expect(shown.get_by_label("Pieces of line 1")).to_have_value("2")

    def test_enter_elsewhere_sends_the_form_and_removes_no_line(self, shown: Page) -> None:
        shown.locator("#id_mobile").press("Enter")
        expect(shown.locator("body")).to_have_text("Received")

    def test_a_preset_fills_its_line(self, shown: Page) -> None:
        shown.get_by_label("Preset of line 1").select_option("Flat case")
        expect(shown.locator("[name=parcels-0-height_cm]")).to_have_value("20")
        expect(shown.locator("[data-total=chargeable_kg]")).to_have_text("18\u00a0kg")


class TestSentOnce:
    def test_a_double_click_sends_one_request(self, shown: Page) -> None:
        sent: list[str] = []
        shown.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        button = shown.get_by_role("button", name="Book with BEX")
        button.dblclick(no_wait_after=True)
        expect(shown.locator("body")).to_contain_text("Received")
        assert len(sent) == 1

    def test_enter_twice_sends_one_request(self, shown: Page) -> None:
        sent: list[str] = []
        shown.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        shown.evaluate(
            """async () => {
                const button = document.querySelector("#shipment .primary");
                button.form.requestSubmit(button);
                await new Promise((later) => setTimeout(later, 150));
                button.form.requestSubmit(button);
            }"""
        )
        expect(shown.locator("body")).to_have_text("Received")
        assert len(sent) == 1

    def test_the_button_says_what_it_is_doing(self, shown: Page) -> None:
        said = shown.evaluate(
            "() => { const b = document.querySelector('#shipment .primary'); b.click();"
            " return [b.textContent, b.ariaBusy]; }"
        )
        assert said == ["Sending to BEX", "true"]

    def test_going_back_makes_the_form_usable_again(self, shown: Page) -> None:
        shown.get_by_role("button", name="Book with BEX").click()
        expect(shown.locator("body")).to_contain_text("Received")
        shown.go_back()
        button = shown.get_by_role("button", name="Book with BEX")
        expect(button).to_be_visible()
        assert button.get_attribute("aria-busy") is None
        button.click()
        expect(shown.locator("body")).to_contain_text("Received")


class TestSelection:
    def test_the_bar_counts_what_is_ticked(self, shown: Page) -> None:
        bar = shown.get_by_role("region", name="Selection")
        expect(bar).to_be_hidden()
        shown.get_by_label("Select all on this page").check()
        expect(bar).to_contain_text("3 selected")
        expect(bar).to_contain_text("9 parcels, 136.90 kg")
        bar.get_by_role("button", name="Clear").click()
        expect(bar).to_be_hidden()


class TestFragments:
    def test_the_focus_goes_where_the_fragment_says(self, shown: Page) -> None:
        shown.get_by_role("button", name="Swap", exact=True).last.click()
        expect(shown.locator("#fresh")).to_be_focused()

    def test_errors_are_swapped_in_and_get_the_focus(self, shown: Page) -> None:
        shown.get_by_role("button", name="Errors").click()
        expect(shown.locator("#summary")).to_be_focused()

    def test_a_failure_swaps_nothing_and_names_the_request(self, shown: Page) -> None:
        shown.get_by_role("button", name="Failure").click()
        expect(shown.locator("#toasts")).to_contain_text("request abc123")
        expect(shown.locator("#swapped")).to_have_text("Nothing yet.")

    def test_signed_out_meanwhile_swaps_no_sign_in_page(self, shown: Page) -> None:
        shown.get_by_role("button", name="Signed out").click()
        expect(shown.locator("#toasts")).to_contain_text("You were signed out meanwhile")
        expect(shown.locator("#swapped")).to_have_text("Nothing yet.")

    def test_no_network_keeps_the_page_and_says_so(self, shown: Page) -> None:
        shown.context.set_offline(True)
        shown.get_by_role("button", name="Toast").click()
        expect(shown.locator("#toasts")).to_contain_text("No answer from the portal")
        shown.context.set_offline(False)
        shown.get_by_role("button", name="Toast").click()
        expect(shown.locator("#toasts")).to_contain_text("Printed 2 labels")


def test_the_page_shows_ages_countdowns_and_staleness(shown: Page) -> None:
    expect(shown.locator("[data-soon]").nth(0)).to_have_class(re.compile("soon"))
    expect(shown.locator("[data-soon]").nth(1)).not_to_have_class(re.compile("soon"))
    expect(shown.locator("[data-soon]").nth(2)).to_contain_text("Passed")
    expect(shown.locator("[data-when-stale]")).to_contain_text("17\u00a0min old")
    expect(shown.locator("[data-when-fresh]")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_scrolls_sideways(page: Page, parts: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{parts}/parts/?errors")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_policy_is_never_violated(page: Page, parts: str) -> None:
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(f"{parts}/parts/?hello")
    page.get_by_role("button", name="Toast").click()
    expect(page.locator("#toasts")).to_contain_text("Printed 2 labels")
    assert heard == []
