"""What is read and prepared in the portal's own database, beside its processes."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.identities import log_in
from accounts.models import ShippingAccount, User
from bexportal.demo import sample_shipments
from bexportal.demo.sample import IDENTITY
from shipments import drafting, evidence
from shipments.models import Submission, Waybill
from shipments.models.waybills import BookingState

SHIPMENT = sample_shipments.SHIPMENTS[0]


def make_drafts(number: int) -> list[str]:
    """Each with a quote of its own, complete but for the click."""
    by = User.objects.get(username="demo")
    account = ShippingAccount.objects.get(number=SHIPMENT.account)
    made = []
    for count in range(number):
        draft = drafting.draft_from_option(sample_shipments._option(SHIPMENT, account, by), by)
        assert draft.sender is not None
        content = drafting.Content(
            collection_date=draft.collection_date,
            sender=draft.sender.values(),
            receiver=SHIPMENT.receiver,
            senders_ref=f"CHAOS-{count}",
        )
        made.append(str(drafting.save_content(draft.pk, draft.version, content).pk))
    return made


def session_cookie() -> tuple[str, str]:
    client = Client()
    client.force_login(User.objects.get(username="demo"), backend="accounts.backends.NameOrEmailBackend")
    return settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value


def log_in_again() -> None:
    label, username, password = IDENTITY
    log_in(label=label, username=username, password=password, by=User.objects.get(username="demo"))


def under_way(drafts: list[str]) -> bool:
    moving = (BookingState.QUEUED, BookingState.SUBMITTING)
    return Waybill.objects.filter(pk__in=drafts, booking_state__in=moving).exists()


def look_everything_up(soon: timedelta) -> None:
    """The look-ups that would come within that time, now."""
    later = timezone.now() + soon
    for _ in range(40):
        due = Submission.objects.filter(next_look_up_at__lte=later)
        if not due.update(next_look_up_at=F("claimed_at")):
            return
        while evidence.look_up_due(timezone.now()):
            pass


def rows(drafts: list[str]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    found = Waybill.objects.filter(pk__in=drafts).prefetch_related("attempts").order_by("senders_ref")
    return [
        (
            waybill.senders_ref,
            waybill.booking_state,
            waybill.waybill_number,
            tuple(attempt.reference for attempt in waybill.attempts.all()),
        )
        for waybill in found
    ]


def other_references(drafts: list[str]) -> set[str]:
    """Of the sample data, which was there before."""
    return set(Submission.objects.exclude(waybill__pk__in=drafts).values_list("reference", flat=True))
