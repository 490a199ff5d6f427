"""Another secret, without a gap: from before BEX is told until well after, deliveries under either are accepted.

BEX cannot change a registration and cannot end one alone, so the address is registered once more, on purpose, under
the new secret. From then on every event comes twice, and counts once.
"""

from datetime import timedelta

from django.utils import timezone

from accounts import trail
from accounts.models import User
from bexapi import webhooks
from tracking.models import Delivery, Subscription
from tracking.webhooks import reaching
from tracking.webhooks.settling import NO_PROBLEM, NotNow, ask, move

PREVIOUS_ACCEPTED_FOR = timedelta(hours=1)
"""BEX's last attempt at a delivery comes five minutes after its first."""
VERIFIED_WITHIN = timedelta(seconds=10)
"""What was stored later than that after a replacement began was verified with the secrets that it left."""
TEST_PREFIX = "test-"
"""The Ids of deliveries that we send to ourselves."""
State, Replacing = Subscription.State, Subscription.Replacing


def replace(subscription: Subscription, by: User | str) -> None:
    """Raises reaching.NotReachable before BEX is asked; settling.NotDone, settling.NotNow."""
    if subscription.state != State.ACTIVE or subscription.replacing or subscription.is_being_asked:
        raise NotNow("A secret is replaced while the subscription is active and nothing else is under way.")
    reaching.try_out(subscription)
    old, new = subscription.secret(), webhooks.new_secret()
    # Committed before BEX hears of it: whichever it signs with is accepted.
    begun = move(
        subscription, only={"state": State.ACTIVE, "replacing": "", "asked_at": subscription.asked_at},
        replacing=Replacing.REGISTERING, sealed_secret=subscription.seal_secret(new, "secret"),
        sealed_previous_secret=subscription.seal_secret(old, "previous_secret"), previous_until=None,
        asked_at=timezone.now(), replacing_since=timezone.now(), problem="", refusal="",
    )  # fmt: skip
    if not begun:
        raise NotNow("Somebody else is at it.")
    trail.record(by, "webhook.secret_replacing", subscription)
    back = {
        "replacing": "",
        "sealed_secret": subscription.seal_secret(old, "secret"),
        "sealed_previous_secret": "",
    }
    ask(
        subscription,
        lambda bex: bex.register_webhook(
            subscription.uri, secret=new, description=subscription.description, filters=subscription.filters
        ),
        what="did not take the new secret",
        undone=back,
    )
    move(
        subscription, only={"replacing": Replacing.REGISTERING}, replacing=Replacing.REGISTERED,
        registrations=subscription.registrations + 1, **NO_PROBLEM,
    )  # fmt: skip
    finish(subscription, by)


def finish(subscription: Subscription, by: User | str) -> None:
    """Activates what is registered under the new secret. Raises settling.NotDone, settling.NotNow."""
    if subscription.replacing != Replacing.REGISTERED or subscription.is_being_asked:
        raise NotNow("There is no new secret that waits for its activation.")
    only = {"replacing": Replacing.REGISTERED, "asked_at": subscription.asked_at}
    if not move(subscription, only=only, asked_at=timezone.now()):
        raise NotNow("Somebody else is at it.")
    ask(subscription, lambda bex: bex.activate_webhook(), what="did not activate the new secret", undone={})
    _done(subscription)
    trail.record(by, "webhook.secret_replaced", subscription)


def undo(subscription: Subscription, by: User | str) -> None:
    """The old secret holds again. Should BEX know the new one all the same, what it signs with that is refused, and
    comes under the old one as well.
    """
    if not subscription.replacing or subscription.is_being_asked:
        raise NotNow("No secret is being replaced.")
    old = subscription.previous_secret()
    undone = move(
        subscription, only={"replacing": subscription.replacing}, replacing="", sealed_previous_secret="",
        sealed_secret=subscription.seal_secret(old, "secret"), **NO_PROBLEM,
    )  # fmt: skip
    if not undone:
        raise NotNow("It moved on meanwhile.")
    trail.record(by, "webhook.secret_kept", subscription)


def learn_from(delivery: Delivery, bex_id: str) -> None:
    """What came signed with the new secret proves that BEX has it, though its registration was not answered."""
    subscription = delivery.subscription
    since = subscription.replacing_since
    if not subscription.replacing or since is None or subscription.is_being_asked:
        return
    told_by_bex = delivery.verdict == Delivery.Verdict.SIGNED and not bex_id.startswith(TEST_PREFIX)
    if told_by_bex and delivery.received_at > since + VERIFIED_WITHIN:
        _done(subscription)
        trail.record("inbox", "webhook.secret_replaced", subscription)


def forget_previous() -> int:
    """Secrets before, once nothing signed with them can come any more. How many."""
    over = Subscription.objects.filter(replacing="", previous_until__lt=timezone.now())
    return over.update(sealed_previous_secret="", previous_until=None)


def _done(subscription: Subscription) -> None:
    now = timezone.now()
    move(
        subscription, only={"replacing": subscription.replacing}, replacing="", replaced_at=now,
        previous_until=now + PREVIOUS_ACCEPTED_FOR, **NO_PROBLEM,
    )  # fmt: skip
