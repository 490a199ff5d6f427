"""Who works with the portal while it breaks: clerks at its pages, and staff who telephone and decide."""

import random
import threading
import time
import uuid
from collections import Counter
from queue import Queue

import requests
from requests.cookies import RequestsCookieJar

from tests.chaos import inside
from tests.chaos.forms import fields_of
from tests.chaos.portal import Portal


class Clerk(threading.Thread):
    """Somebody in a browser: reads the page, fills nothing in, presses the button; impatient when it fails.

    Some press twice, and some had a second tab open, in which they press some seconds later.
    """

    def __init__(
        self, portal: Portal, cookie: tuple[str, str], wanted: "Queue[str | None]", seed: int, second_tabs: float
    ) -> None:
        super().__init__(daemon=True)
        self.portal = portal
        self.cookie = cookie
        self.wanted = wanted
        self.chance = random.Random(seed)
        self.second_tabs = second_tabs

    def run(self) -> None:
        while (draft := self.wanted.get()) is not None:
            self.book(draft)
        self.wanted.put(None)  # the others go home as well
        inside.hang_up()

    def book(self, draft: str) -> None:
        end = time.monotonic() + 240
        url = f"{self.portal.url}/waybills/{draft}/book/"
        while time.monotonic() < end:
            try:
                with requests.Session() as browser:
                    browser.cookies.set(*self.cookie)
                    page = browser.get(url, timeout=30)
                    # Asked for once, it is not asked for anew by whoever finds it refused: that takes a telephone call.
                    if not page.url.endswith("/book/") or inside.state(draft) != "draft":
                        return
                    if page.ok and self._press(browser, url, fields_of(page.text)):
                        return
            except (requests.RequestException, *inside.AWAY):
                pass
            time.sleep(0.3)

    def _press(self, browser: requests.Session, url: str, fields: dict[str, str]) -> bool:
        """Whether the portal said that it is on its way."""
        twice = self.chance.random() < 0.3
        if self.chance.random() < self.second_tabs:
            _later(self.chance.uniform(2, 12), browser.cookies.copy(), url, fields)
        answers = [_post(browser, url, fields) for _ in range(2 if twice else 1)]
        return 302 in answers


def _post(browser: requests.Session, url: str, fields: dict[str, str]) -> int:
    return browser.post(url, data={**fields, "book": "1"}, timeout=30, allow_redirects=False).status_code


def _later(seconds: float, cookies: RequestsCookieJar, url: str, fields: dict[str, str]) -> None:
    def press() -> None:
        try:
            with requests.Session() as browser:
                browser.cookies.update(cookies)
                _post(browser, url, fields)
        except requests.RequestException:
            pass

    timer = threading.Timer(seconds, press)
    timer.daemon = True
    timer.start()


class Staff(threading.Thread):
    """Decides what only people may: telephones BEX about what is unknown or refused, releases what is held.

    Asks whether a decision is open before telephoning, as the page does: what BEX says then holds for good.
    """

    def __init__(self, portal: Portal, seed: int) -> None:
        super().__init__(daemon=True)
        self.portal = portal
        self.chance = random.Random(seed)
        self.made: Counter[str] = Counter()
        self._over = threading.Event()
        self._booked: dict[str, str] = {}
        self._heard = 0

    def run(self) -> None:
        while not self._over.wait(1.5):
            try:
                for waybill, version in inside.unknown():
                    self._settle(waybill, version)
                for waybill, version in inside.refused():
                    self._correct(waybill, version)
                self.made["released what was held"] += inside.release_held()
                if inside.an_account_stands_still():
                    inside.log_in_again()
                    self.made["logged in again, so that an account goes on"] += 1
            except inside.AWAY:
                inside.hang_up()
        inside.hang_up()

    def stop(self) -> None:
        self._over.set()
        self.join(timeout=60)

    def _settle(self, waybill: uuid.UUID, version: int) -> None:
        if not inside.may_decide(waybill):
            return
        number = self._telephone(waybill)
        if not number:
            done = inside.book_again(waybill, version)
            self.made["told that BEX has no such booking, booked again"] += done
        elif self.chance.random() < 0.3:
            self.made["told BEX's number, entered it"] += inside.enter_number(waybill, version, number)

    def _correct(self, waybill: uuid.UUID, version: int) -> None:
        """A refusal can follow a commit: nobody asks anew before BEX has said that there is no such booking."""
        if not self._telephone(waybill):
            self.made["corrected what was refused"] += inside.ask_again(waybill, version)

    def _telephone(self, waybill: uuid.UUID) -> str:
        """What BEX has under the references of this waybill's attempts."""
        for call in self.portal.control(f"calls?operation=submit&after={self._heard}"):
            self._heard = max(self._heard, call["seq"])
            if call["committed"] and call["waybill"]:
                for row in call["payload"]["additionalReferences"]:
                    self._booked[row["value"]] = call["waybill"]
        return next((self._booked[one] for one in inside.references_of(waybill) if one in self._booked), "")
