"""What is read, prepared and decided in the portal's own database, beside its processes. Needs django.setup()."""

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from accounts.identities import log_in
from accounts.models import Identity, ShippingAccount, User
from bexapi import BexError
from bexportal.demo import sample_shipments
from bexportal.demo.sample import IDENTITY
from shipments import booking, drafting, evidence, releasing
from shipments.models import LookUp, Submission, Waybill
from shipments.models.attempts import Outcome
from shipments.models.waybills import BookingState, HoldReason

SHIPMENT = sample_shipments.SHIPMENTS[0]
OPTIONS_USED = 4
NAME = "CHAOS-"
AWAY = (DatabaseError, InterfaceError)
"""What a database that is stopped, or just started again, makes of a query."""
SPOKE_TO = "Thandi at BEX"
_said_no = (booking.Stale, booking.NotNow, booking.NumberTaken, booking.NumberNotConfirmed, BexError)


def drafts(over: threading.Event) -> Iterator[str]:
    """Without end, each complete but for the click; several share a quote. Goes on when something fails."""
    by = User.objects.get(username="demo")
    count = 0
    while not over.is_set():
        try:
            account = ShippingAccount.objects.get(number=SHIPMENT.account)  # with the token of now
            for option in list(sample_shipments._option(SHIPMENT, account, by).quote.options.all())[:OPTIONS_USED]:
                draft = drafting.draft_from_option(option, by)
                assert draft.sender is not None
                count += 1
                content = drafting.Content(
                    collection_date=draft.collection_date,
                    sender=draft.sender.values(),
                    receiver=SHIPMENT.receiver,
                    senders_ref=f"{NAME}{count}",
                )
                yield str(drafting.save_content(draft.pk, draft.version, content).pk)
        except (RuntimeError, BexError, *AWAY):
            hang_up()
            over.wait(0.5)


def hang_up() -> None:
    """This thread's connection; the next query makes another."""
    connection.close()


def session_cookie() -> tuple[str, str]:
    client = Client()
    client.force_login(User.objects.get(username="demo"), backend="accounts.backends.NameOrEmailBackend")
    return settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value


def log_in_again() -> None:
    """Tried until BEX and the database both are there."""
    label, username, password = IDENTITY
    while True:
        try:
            log_in(label=label, username=username, password=password, by=User.objects.get(username="demo"))
        except (BexError, *AWAY):
            hang_up()
            threading.Event().wait(0.5)
        else:
            return


# --- what people see and decide


def an_account_stands_still() -> bool:
    """A refused quote after a refused booking looks like a refused token: an admin has to log in again."""
    paused = ShippingAccount.objects.filter(state=ShippingAccount.State.PAUSED)
    return paused.exists() or Identity.objects.exclude(paused_at=None).exists()


def state(waybill: str) -> str:
    try:
        return Waybill.objects.values_list("booking_state", flat=True).get(pk=waybill)
    except AWAY:
        hang_up()
        raise


def unknown() -> list[tuple[uuid.UUID, int]]:
    """With the version that is decided about: what happens after a telephone call, the call knew nothing of."""
    return _open_questions(Q(booking_state=BookingState.UNKNOWN))


def refused() -> list[tuple[uuid.UUID, int]]:
    """By BEX, also where it was most likely the access that it refused."""
    held = Q(booking_state=BookingState.HELD, hold_reason=HoldReason.ACCESS_REFUSED)
    return _open_questions(Q(booking_state=BookingState.REJECTED) | held)


def _open_questions(wanted: Q) -> list[tuple[uuid.UUID, int]]:
    rows = Waybill.objects.filter(wanted, senders_ref__startswith=NAME)
    return list(rows.order_by("updated_at").values_list("pk", "version")[:50])


def references_of(waybill: uuid.UUID) -> list[str]:
    return list(Submission.objects.filter(waybill=waybill).values_list("reference", flat=True))


def may_decide(waybill: uuid.UUID) -> bool:
    return booking.decisions_open(Waybill.objects.get(pk=waybill), timezone.now(), telephoned=True).open


def book_again(waybill: uuid.UUID, version: int) -> int:
    try:
        booking.book_again(waybill, _staff(), version, spoke_to=SPOKE_TO, note="No such booking.")
    except _said_no:
        return 0
    return 1


def enter_number(waybill: uuid.UUID, version: int, number: str) -> int:
    """As BEX confirms it, else on their word."""
    by = _staff()
    for on_their_word in (False, True):
        try:
            booking.enter_number(waybill, by, version, number, on_their_word, spoke_to=SPOKE_TO, note="It is booked.")
        except (booking.NumberNotConfirmed, BexError):
            continue
        except _said_no:
            return 0
        else:
            return 1
    return 0


def ask_again(waybill: uuid.UUID, version: int) -> int:
    try:
        booking.ask(waybill, _staff(), version)
    except _said_no:
        return 0
    return 1


def release_held() -> int:
    held = Waybill.objects.filter(booking_state=BookingState.HELD, senders_ref__startswith=NAME)
    held = held.exclude(hold_reason__in=(HoldReason.COLLECTION_PASSED, HoldReason.ACCESS_REFUSED, *releasing.BY_ITSELF))
    wanted = dict(held.values_list("pk", "version")[:100])
    return len(releasing.release(_staff(), wanted).released) if wanted else 0


def _staff() -> User:
    return User.objects.get(username="demo")


# --- what became of it


def under_way() -> int:
    moving = (BookingState.QUEUED, BookingState.SUBMITTING)
    try:
        return Waybill.objects.filter(senders_ref__startswith=NAME, booking_state__in=moving).count()
    except AWAY:
        hang_up()
        return 1


def look_everything_up(soon: timedelta) -> None:
    """The look-ups that would come within that time, now."""
    for _ in range(3):
        now = timezone.now()
        if not Submission.objects.filter(next_look_up_at__lte=now + soon).update(next_look_up_at=now):
            return
        while evidence.look_up_due(now):
            pass


def rows(asked: list[str]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    found = []
    for start in range(0, len(asked), 500):
        waybills = Waybill.objects.filter(pk__in=asked[start : start + 500]).prefetch_related("attempts")
        found += [
            (one.senders_ref, one.booking_state, one.waybill_number, tuple(a.reference for a in one.attempts.all()))
            for one in waybills.order_by("created_at")
        ]
    return found


def all_references() -> set[str]:
    return set(Submission.objects.values_list("reference", flat=True))


def traces() -> Counter[str]:
    """What the troubles left behind in the database."""
    attempts = Submission.objects.filter(waybill__senders_ref__startswith=NAME)
    looked_for = LookUp.objects.filter(attempt__in=attempts, result=LookUp.Result.NOTHING)
    found = LookUp.objects.filter(attempt__in=attempts, result=LookUp.Result.FOUND)
    return Counter(
        {
            "answers that came back from the journal": attempts.filter(reason="Read again from the journal").count(),
            "attempts that were booked by a look-up": found.values("attempt").distinct().count(),
            "of these, not found at first": found.filter(attempt__in=looked_for.values("attempt")).count(),
            "attempts of which nothing left": attempts.filter(outcome=Outcome.NOT_SENT).count(),
            "attempts that were refused": attempts.filter(outcome=Outcome.REFUSED).count(),
            "waybills with more than one attempt": attempts.filter(number=2).count(),
        }
    )
