"""A delivery that we send to ourselves over the network, signed as BEX signs: is it received and verified?"""

import json
import secrets
import time
from dataclasses import dataclass

import requests

from accounts import trail
from accounts.models import User
from bexapi import webhooks
from tracking.models import Delivery, Subscription
from tracking.webhooks.replacing import TEST_PREFIX
from tracking.webhooks.settling import NotNow

SECONDS = 10


@dataclass(frozen=True)
class Tried:
    """`problem`: '' where it arrived and was verified. `seconds`: it took."""

    problem: str
    seconds: float


def send_to_ourselves(subscription: Subscription, by: User | str) -> Tried:
    """It tells nothing: no parcel is touched. Raises NotNow, SecretUnreadable."""
    if subscription.state == Subscription.State.ENDED:
        raise NotNow("It has ended: there is no secret to sign with.")
    trail.record(by, "webhook.tried", subscription)
    bex_id = TEST_PREFIX + secrets.token_hex(8)
    told = {"Id": bex_id, "Attempt": 1, "Properties": {"Test": True}, "Notifications": []}
    body = json.dumps(told, indent=2).replace("\n", "\r\n").encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        webhooks.HEADER: webhooks.sign(subscription.secret(), body),
    }
    began = time.monotonic()
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                subscription.uri, data=body, headers=headers, timeout=(SECONDS, SECONDS), allow_redirects=False
            )
    except (requests.RequestException, OSError) as error:
        return Tried(f"It did not arrive: the address cannot be reached ({type(error).__name__}).", _since(began))
    if not 200 <= answer.status_code < 300:
        return Tried(f"The address answered {answer.status_code} where 200 is wanted.", _since(began))
    signed = Delivery.objects.filter(subscription=subscription, verdict=Delivery.Verdict.SIGNED)
    if not any(bytes(stored) == body for stored in signed.values_list("body", flat=True)[:50]):
        return Tried("Something answered 200, and it was not this portal: nothing arrived here.", _since(began))
    return Tried("", _since(began))


def _since(began: float) -> float:
    return time.monotonic() - began
