"""A person's API keys: listed, made (and shown once), revoked."""

import uuid

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import api_keys
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey, User

MOST_SHOWN = 200


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the middleware let nobody else in
    return request.user


def _keys_of(user: User) -> QuerySet[ApiKey]:
    """Their own; for superusers those of service accounts as well. Other people's keys are theirs."""
    mine = Q(owner=user)
    if user.is_superuser:
        mine |= Q(owner__is_service=True)
    return ApiKey.objects.filter(mine).select_related("owner")


@never_cache
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    form = ApiKeyForm(user, request.POST if request.method == "POST" else None)
    made, text = None, ""
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        made, text = api_keys.create(
            asked["owner"], name=asked["name"], scopes=asked["scopes"], accounts=list(asked["accounts"]),
            expires_at=form.expires_at(), by=user,
        )  # fmt: skip
        form = ApiKeyForm(user)
    found = _keys_of(user).prefetch_related("accounts").order_by("-created_at")[:MOST_SHOWN]
    context = {"form": form, "keys": found, "made": made, "text": text}
    return render(request, "accounts/api_keys.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def revoke_key(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method == "POST":
        user = _person(request)
        key = get_object_or_404(_keys_of(user), pk=pk)
        if api_keys.revoke(key, user):
            messages.success(request, f"{key.name} is revoked: it opens nothing from now on.")
        else:
            messages.info(request, f"{key.name} was revoked before.")
    return redirect("api-keys")
