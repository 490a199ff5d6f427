"""Webhooks' pages for superusers; nobody else learns that they are there."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.secrets import SecretUnreadable
from tracking.models import Delivery, Notification, Subscription
from tracking.webhooks import mending, reaching, registering, replacing, showing, trying
from tracking.webhooks.forms import KINDS, AttachForm, SubscriptionForm
from tracking.webhooks.keyset import page_of
from tracking.webhooks.settling import NotDone, NotNow

P = ParamSpec("P")
State = Subscription.State
COUNTED_BACK = timedelta(days=1)
FOR_A_PERSON = (Notification.State.WAITING, Notification.State.POISONED)


def for_superusers(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not getattr(request.user, "is_superuser", False):
            raise Http404
        return view(request, *args, **kwargs)

    return checked


@never_cache
@require_safe
@for_superusers
def webhooks(request: HttpRequest) -> HttpResponse:
    lately = Q(deliveries__received_at__gte=timezone.now() - COUNTED_BACK)
    good = Q(deliveries__verdict__in=("signed", "signed_before"))
    live = Subscription.objects.exclude(state=State.ENDED).annotate(
        last_at=Max("deliveries__received_at", filter=good),
        arrived=Count("deliveries", filter=lately & good),
        refused=Count("deliveries", filter=lately & ~good),
    )
    unattached = Notification.objects.filter(state__in=FOR_A_PERSON)
    shown = {
        "subscriptions": list(live),
        "ended": list(Subscription.objects.filter(state=State.ENDED)[:20]),
        "unattached": unattached.count(),
        "kinds": KINDS,
    }
    return render(request, "tracking/webhooks.html", shown)


@never_cache
@require_http_methods(["GET", "POST"])
@for_superusers
def webhook_new(request: HttpRequest) -> HttpResponse:
    form = SubscriptionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = _register(request, form)
        if made is not None:
            return redirect("webhook", pk=made.pk)
    shown = {"form": form, "may_insist": "insist" in form.errors or bool(form.data.get("insist"))}
    return render(request, "tracking/webhook_new.html", shown, status=422 if form.errors else 200)


def _register(request: HttpRequest, form: SubscriptionForm) -> Subscription | None:
    """The subscription, wherever it got to; None where nothing was made and the form says why."""
    asked, by = form.cleaned_data, cast(User, request.user)
    made = None
    try:
        reaching.refuse_bad_address()
        made = registering.prepare(description=asked["description"], filters=asked["filters"], key=asked["key"], by=by)
        registering.register(made, by, insist=asked["insist"])
        if asked["activate"]:
            registering.activate(made, by)
        messages.success(request, f"{made} is {made.get_state_display().lower()}.")
    except registering.AlreadyThere as error:
        form.add_error("key", f"“{error.subscription}” lives under this key. BEX has one live subscription per key.")
    except reaching.NotReachable as error:
        if made is not None:
            registering.end(made, by)
        form.add_error("insist" if error.may_insist else None, error.reason)
        return None
    except SecretUnreadable:
        form.add_error(None, "FIELD_ENCRYPTION_KEYS is not set: no secret can be kept.")
    except (NotDone, NotNow):
        messages.warning(request, "BEX did not do all of it. This is how far it got.")
    return made


@never_cache
@require_safe
@for_superusers
def webhook(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _page(request, get_object_or_404(Subscription, pk=pk))


def _page(request: HttpRequest, subscription: Subscription, status: int = 200, **more: Any) -> HttpResponse:
    deliveries = Delivery.objects.filter(subscription=subscription).defer("body", "headers")
    shown = {
        "subscription": subscription,
        "accepts_previous": subscription.accepts_previous(timezone.now()),
        "page": page_of(deliveries, request.GET.get("after", "")),
        "filters": [KINDS.get(name, name) for name in subscription.filters],
        "here": reaching.uri_of(subscription),
        **more,
    }
    return render(request, "tracking/webhook.html", shown, status=status)


Verb = Callable[[Subscription, User], Any]
VERBS: dict[str, tuple[Verb, str]] = {
    "register": (registering.register, "It is registered at BEX."),
    "register-insisting": (lambda one, by: registering.register(one, by, insist=True), "It is registered at BEX."),
    "register-again": (
        lambda one, by: registering.register(one, by, once_more=True), "It is registered at BEX once more."
    ),
    "activate": (registering.activate, "It is active: BEX tells what happens from now on."),
    "replace": (replacing.replace, "The secret is replaced. The one before is accepted for another hour."),
    "finish": (replacing.finish, "The new secret is active."),
    "keep": (replacing.undo, "The secret before holds again."),
    "end": (registering.end, "It has ended."),
    "end-here": (lambda one, by: registering.end(one, by, here_only=True), "It has ended here. BEX was not asked."),
}  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@for_superusers
def webhook_step(request: HttpRequest, pk: uuid.UUID, verb: str) -> HttpResponse:
    """One step of its life. What BEX did not do is said on the page, with the row as it stands."""
    subscription = get_object_or_404(Subscription, pk=pk)
    if verb not in VERBS:
        raise Http404
    if request.method == "GET":
        return redirect("webhook", pk=pk)
    act, done = VERBS[verb]
    try:
        act(subscription, cast(User, request.user))
    except reaching.NotReachable as error:
        return _page(request, subscription, 422, unreachable=error.reason, may_insist=error.may_insist)
    except NotDone:
        return _page(request, subscription, 422)
    except NotNow as error:
        messages.warning(request, error.reason)
    except SecretUnreadable as error:
        return _page(request, subscription, 422, unreachable=f"Its secrets cannot be read: {error}.")
    else:
        messages.success(request, done)
    return redirect("webhook", pk=pk)


@never_cache
@require_http_methods(["GET", "POST"])
@for_superusers
def webhook_try(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    subscription = get_object_or_404(Subscription, pk=pk)
    if request.method == "GET":
        return redirect("webhook", pk=pk)
    try:
        tried = trying.send_to_ourselves(subscription, cast(User, request.user))
    except (NotNow, SecretUnreadable) as error:
        return _page(request, subscription, 422, unreachable=str(error))
    return _page(request, subscription, 422 if tried.problem else 200, tried=tried)


@never_cache
@require_safe
@for_superusers
def webhook_delivery(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.select_related("subscription"), pk=pk)
    shown = {
        "delivery": delivery,
        "body": showing.body_in_words(delivery),
        "told": showing.lines(delivery.notifications.select_related("waybill")[:200]),
    }
    return render(request, "tracking/webhook_delivery.html", shown)


@never_cache
@require_http_methods(["GET", "POST"])
@for_superusers
def webhook_delivery_again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    delivery = get_object_or_404(Delivery, pk=pk)
    if request.method == "POST":
        if mending.take_again(delivery, cast(User, request.user)):
            messages.success(request, "It is taken once more. What it told before stays as it is.")
        else:
            messages.warning(request, "It was refused when it came, so nothing is taken out of it.")
    return redirect("webhook-delivery", pk=pk)


@never_cache
@require_safe
@for_superusers
def webhook_notifications(request: HttpRequest) -> HttpResponse:
    return _notifications(request)


def _notifications(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    rows = Notification.objects.filter(state__in=FOR_A_PERSON).select_related("waybill")
    page = page_of(rows, request.GET.get("after", ""))
    shown = {"page": page, "told": showing.lines(page.rows), "form": AttachForm(), **more}
    return render(request, "tracking/webhook_notifications.html", shown, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@for_superusers
def webhook_notification_again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    notification = get_object_or_404(Notification, pk=pk)
    if request.method == "POST":
        mending.apply_again(notification, cast(User, request.user))
        messages.success(request, "It is tried once more.")
    return redirect("webhook-notifications")


@never_cache
@require_http_methods(["GET", "POST"])
@for_superusers
def webhook_notification_attach(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    notification = get_object_or_404(Notification, pk=pk)
    if request.method == "GET":
        return redirect("webhook-notifications")
    form = AttachForm(request.POST)
    if form.is_valid():
        try:
            waybill = mending.attach(notification, form.cleaned_data["number"], cast(User, request.user))
        except mending.NoSuchWaybill:
            form.add_error("number", "No waybill here has this number.")
        else:
            messages.success(request, f"It is attached to {waybill}.")
            return redirect("webhook-notifications")
    return _notifications(request, 422, form=form, refused_pk=notification.pk)
