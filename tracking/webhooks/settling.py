"""Steps that ask BEX something about a subscription: taken by one caller at a time, their outcome noted in words."""

from collections.abc import Callable
from typing import Any

from accounts import gateway
from bexapi import BexBusy, BexError, BexOutcomeUnknown, BexRejected, BexUnreachable, WebhookClient
from tracking.models import Subscription


class NotNow(Exception):
    """The subscription's state does not allow it, or somebody else is at it. `reason` says why, for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotDone(Exception):
    """BEX did not do it, or may not have. `problem` in our words, `refusal` in BEX's; the row holds both, too."""

    def __init__(self, problem: str, refusal: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.refusal = refusal


def move(subscription: Subscription, *, only: dict[str, Any], **changes: Any) -> bool:
    """Changes the row where it still is as said; the object follows. False where it moved on meanwhile."""
    moved = Subscription.objects.filter(pk=subscription.pk, **only).update(**changes)
    subscription.refresh_from_db()
    return bool(moved)


def ask(
    subscription: Subscription,
    call: Callable[[WebhookClient], Any],
    *,
    what: str,
    undone: dict[str, Any],
    unknown: dict[str, Any] | None = None,
) -> Any:
    """Asks BEX, outside of any transaction, and returns its answer.

    `what`: the step, as in "did not register it". `undone`: changes of the row where BEX surely did not do it;
    `unknown`: where nobody knows. Raises NotDone.
    """
    client = gateway.webhook_client(subscription.endpoint, subscription.key())
    try:
        return call(client)
    except BexOutcomeUnknown as error:
        changes, problem, refusal = unknown or {}, f"BEX gave no answer ({error.reason}); it may have done it.", ""
    except BexRejected as error:
        changes, problem, refusal = undone, f"BEX {what}.", error.message
    except (BexUnreachable, BexBusy) as error:
        changes, problem, refusal = undone, f"BEX was not asked: {in_words(error)}.", ""
    Subscription.objects.filter(pk=subscription.pk).update(
        problem=problem[:300], refusal=refusal, asked_at=None, **changes
    )
    subscription.refresh_from_db()
    raise NotDone(problem, refusal)


def in_words(error: BexError) -> str:
    return "it asks to wait" if isinstance(error, BexBusy) else f"it could not be reached ({error.reason})"


NO_PROBLEM = {"problem": "", "refusal": "", "asked_at": None}
