"""A subscription's life: prepared, registered at BEX, activated, ended. Each step is written down before BEX is asked,
so that whatever happens meanwhile is seen afterwards and can be finished or undone. None is registered blindly twice.
"""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import trail
from accounts.models import User
from bexapi.calling import check_header_value, secret_of
from tracking.models import Subscription
from tracking.webhooks import reaching
from tracking.webhooks.settling import NO_PROBLEM, NotDone, NotNow, ask, move

log = logging.getLogger(__name__)
State = Subscription.State


class AlreadyThere(Exception):
    """This key has a live subscription: `subscription`."""

    def __init__(self, subscription: Subscription) -> None:
        super().__init__("one live subscription per key")
        self.subscription = subscription


def prepare(*, description: str, filters: Sequence[str], key: str, by: User | str) -> Subscription:
    """A new one, here alone. Raises AlreadyThere, ValueError for what is no key, SecretUnreadable."""
    check_header_value(secret_of(key), "a webhook key")
    subscription = Subscription.prepared(
        description=description,
        filters=list(filters),
        endpoint=settings.BEX_WEBHOOK_URL,
        courier=settings.BEX_API_URL,
    )
    subscription.uri = reaching.uri_of(subscription)
    subscription.keep_key(key.strip())
    try:
        with transaction.atomic():
            subscription.save(force_insert=True)
            trail.record(by, "webhook.prepared", subscription, filters=list(filters))
    except IntegrityError:
        live = Subscription.objects.exclude(state=State.ENDED)
        there = live.filter(endpoint=subscription.endpoint, key_digest=subscription.key_digest).first()
        if there is None:
            raise
        raise AlreadyThere(there) from None
    return subscription


def register(subscription: Subscription, by: User | str, *, insist: bool = False, once_more: bool = False) -> None:
    """Tells BEX of it. Raises reaching.NotReachable before BEX is asked; NotDone, NotNow.

    `insist`: BEX is asked though this machine does not reach our address. `once_more`: a person says so though an
    earlier registration was not answered; only after BEX refused to activate it.
    """
    if once_more and subscription.activation_refused_at is None:
        raise NotNow("Try to activate it first: that shows whether BEX has it, and registers nothing.")
    _refuse_while_asked(subscription)
    _make_sure_of_the_address(subscription, insist=insist)
    before = State.REGISTERING if once_more else State.PREPARED
    uri = reaching.uri_of(subscription)
    begun = move(
        subscription, only={"state": before, "asked_at": subscription.asked_at},
        state=State.REGISTERING, uri=uri, problem="", refusal="", asked_at=timezone.now(), activation_refused_at=None,
    )  # fmt: skip
    if not begun:
        raise NotNow("Somebody else has registered it meanwhile.")
    trail.record(by, "webhook.registering", subscription)
    found = ask(
        subscription,
        lambda bex: bex.register_webhook(
            subscription.uri,
            secret=subscription.secret(),
            description=subscription.description,
            filters=subscription.filters,
        ),
        what="did not register it",
        undone={"state": before},
    )
    move(
        subscription, only={"state": State.REGISTERING}, state=State.REGISTERED, webhook_id=found.webhook_id[:100],
        registrations=subscription.registrations + 1, **NO_PROBLEM,
    )  # fmt: skip
    trail.record(by, "webhook.registered", subscription)


def activate(subscription: Subscription, by: User | str) -> None:
    """Lets deliveries begin; also finds out whether a registration that was not answered is there. Raises NotDone,
    NotNow.
    """
    before = subscription.state
    if before not in {State.REGISTERED, State.REGISTERING}:
        raise NotNow(f"It is {subscription.get_state_display().lower()}: there is nothing to activate.")
    _refuse_while_asked(subscription)
    if not move(subscription, only={"state": before, "asked_at": subscription.asked_at}, asked_at=timezone.now()):
        raise NotNow("Somebody else is at it.")
    now = timezone.now()
    refused = {"activation_refused_at": now} if before == State.REGISTERING else {}
    ask(subscription, lambda bex: bex.activate_webhook(), what="did not activate it", undone=refused)
    move(
        subscription, only={"state": before}, state=State.ACTIVE, active_since=now,
        registrations=max(subscription.registrations, 1), **NO_PROBLEM,
    )  # fmt: skip
    trail.record(by, "webhook.activated", subscription)


def end(subscription: Subscription, by: User | str, *, here_only: bool = False) -> None:
    """Unsubscribes, which may end every subscription of its key; or takes back what BEX was never told.

    `here_only`: BEX is not asked, for instance because the key is gone; what still comes is answered 410.
    Raises NotDone, NotNow.
    """
    before = subscription.state
    if before == State.ENDED:
        raise NotNow("It has ended already.")
    _refuse_while_asked(subscription)
    if not move(subscription, only={"state": before, "asked_at": subscription.asked_at}, asked_at=timezone.now()):
        raise NotNow("Somebody else is at it.")
    if before != State.PREPARED and not here_only:
        ask(subscription, lambda bex: bex.unsubscribe_webhook(), what="did not end it", undone={})
    move(
        subscription, only={"state": before}, state=State.ENDED, replacing="", ended_at=timezone.now(), sealed_key="",
        sealed_secret="", sealed_previous_secret="", registrations=0, **NO_PROBLEM,
    )  # fmt: skip
    trail.record(by, "webhook.ended", subscription, at_bex=not here_only and before != State.PREPARED)


def add(*, description: str, filters: Sequence[str], key: str, by: User | str, insist: bool = False) -> Subscription:
    """All steps at once. What it raises leaves the subscription where it got to, to be finished or undone; only where
    BEX was not asked at all, nothing stays.
    """
    reaching.refuse_bad_address()
    subscription = prepare(description=description, filters=filters, key=key, by=by)
    try:
        register(subscription, by, insist=insist)
    except reaching.NotReachable:
        end(subscription, by)
        raise
    activate(subscription, by)
    return subscription


def _make_sure_of_the_address(subscription: Subscription, *, insist: bool) -> None:
    reaching.refuse_bad_address()
    try:
        reaching.try_out(subscription)
    except reaching.NotReachable as error:
        if not insist or not error.may_insist:
            raise
        log.warning("webhook %s is registered though this machine does not reach it", subscription.pk)


def _refuse_while_asked(subscription: Subscription) -> None:
    if subscription.is_being_asked:
        raise NotNow("BEX is being asked about it just now. Wait for the answer; this page shows it.")


__all__ = ["AlreadyThere", "NotDone", "NotNow", "activate", "add", "end", "prepare", "register"]
