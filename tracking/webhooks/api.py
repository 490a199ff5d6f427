"""Webhooks for other systems, to read: which there are, and what came. Their secrets and addresses are never told."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from accounts.access import is_admin
from accounts.api import WEBHOOKS, owner
from bexportal.problems import Problem
from tracking.models import Delivery, Subscription
from tracking.models.webhooks import GOOD
from tracking.webhooks.keyset import page_of

router = Router(tags=["Webhooks"])
COUNTED_BACK = timedelta(days=1)
Verdict = Delivery.Verdict


class VerdictsOut(Schema):
    """How many deliveries came in the last 24 hours, by what was found of their signature."""

    signed: int
    signed_before: int = Field(description="With the secret before, while both are accepted.")
    forged: int
    malformed: int
    too_large: int


class WebhookOut(Schema):
    id: uuid.UUID
    description: str
    state: Subscription.State
    kinds: list[str] = Field(description="What BEX is asked to tell; empty: everything.")
    created_at: datetime
    active_since: datetime | None
    ended_at: datetime | None
    last_delivery_at: datetime | None = Field(description="Of those that BEX signed.")
    last_day: VerdictsOut
    links: dict[str, str]


class DeliveryOut(Schema):
    id: uuid.UUID
    received_at: datetime
    verdict: Verdict
    size_bytes: int
    taken_at: datetime | None = Field(description="When a worker took its notifications out of it.")
    bex_id: str = Field(description="BEX's Id, the same over its attempts.")
    attempt: int | None
    notifications: int
    new: int = Field(description="Notifications that nothing had told before.")
    problem: str = Field(description="Why nothing could be taken out of it.")


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next: str | None = Field(description="The address of the next page; null on the last one.")


@router.get("/webhooks", auth=WEBHOOKS, response=list[WebhookOut], operation_id="listWebhooks")
def list_webhooks(request: HttpRequest) -> list[dict[str, Any]]:
    """The subscriptions at BEX, newest first. For keys of admins that are limited to no account."""
    _for_admins(request)
    signed = Delivery.objects.filter(subscription=OuterRef("pk"), verdict__in=GOOD).order_by("-received_at")
    rows = Subscription.objects.annotate(last_delivery_at=Subquery(signed.values("received_at")[:1]))
    counts = _counts(timezone.now() - COUNTED_BACK)
    return [_webhook(one, counts[one.pk]) for one in rows]


@router.get(
    "/webhooks/{id}/deliveries", auth=WEBHOOKS, response=DeliveryPage, operation_id="listDeliveries"
)  # fmt: skip
def list_deliveries(
    request: HttpRequest, id: uuid.UUID,  # noqa: A002
    cursor: Annotated[str, Field(max_length=200, description="Of `next`; not to be made up.")] = "",
) -> dict[str, Any]:  # fmt: skip
    """What came to one of them, newest first, fifty at a time; what it held is shown in the pages."""
    _for_admins(request)
    subscription = get_object_or_404(Subscription, pk=id)
    page = page_of(Delivery.objects.filter(subscription=subscription).defer("body", "headers"), cursor)
    if cursor and page.is_first:
        wrong = {"pointer": "/cursor", "detail": "This cursor is not one of ours; begin at the first page."}
        raise Problem("invalid", "The query cannot be understood.", errors=[wrong])
    following = f"{request.path}?{urlencode({'cursor': page.older})}" if page.older else None
    return {"items": [_delivery(one) for one in page.rows], "next": following}


def _for_admins(request: HttpRequest) -> None:
    """As in the pages: nobody else learns that they are there."""
    if not is_admin(owner(request)):
        raise Http404


def _counts(since: datetime) -> Mapping[uuid.UUID, Mapping[str, int]]:
    found: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    rows: Iterable[tuple[uuid.UUID, str, int]] = (
        Delivery.objects.filter(received_at__gte=since).order_by().values_list("subscription", "verdict")
        .annotate(Count("pk"))
    )  # fmt: skip
    for subscription, verdict, count in rows:
        found[subscription][verdict] = count
    return found


def _webhook(one: Any, counts: Mapping[str, int]) -> dict[str, Any]:
    plain = ("id", "description", "state", "created_at", "active_since", "ended_at", "last_delivery_at")
    return {
        **{name: getattr(one, name) for name in plain},
        "kinds": list(one.filters),
        "last_day": {verdict.value: counts.get(verdict.value, 0) for verdict in Verdict},
        "links": {"deliveries": f"/api/v1/webhooks/{one.pk}/deliveries", "page": reverse("webhook", args=[one.pk])},
    }


def _delivery(one: Delivery) -> dict[str, Any]:
    plain = ("id", "received_at", "verdict", "taken_at", "bex_id", "attempt", "problem")
    return {
        **{name: getattr(one, name) for name in plain},
        "size_bytes": one.size, "notifications": one.notifications_count, "new": one.new_count,
    }  # fmt: skip
