"""What a person types on the quote page."""

from playwright.sync_api import Page, expect


def value(page: Page, name: str) -> str:
    return page.locator(f"[name={name}]").input_value()


def complete_the_place(page: Page, typed: str = "stellenb") -> None:
    page.focus("[name=destination_suburb]")
    page.keyboard.type(typed)
    expect(page.locator("li[role=option]").first).to_be_visible()
    page.keyboard.press("Enter")


def fill_the_line(page: Page, *values: str, line: int = 0) -> None:
    page.focus(f"[name=parcels-{line}-length_cm]")
    for each in values:
        page.keyboard.type(each)
        page.keyboard.press("Tab")


def fill_without_the_list(page: Page) -> None:
    page.fill("[name=destination_suburb]", "Stellenbosch")
    page.fill("[name=destination_post_code]", "7600")
    for name, typed in (("length", "40"), ("breadth", "40"), ("height", "20")):
        page.fill(f"[name=parcels-0-{name}_cm]", typed)
    page.fill("[name=parcels-0-weight_kg]", "18")
    page.keyboard.press("Control+Enter")
