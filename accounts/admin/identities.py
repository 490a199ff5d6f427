"""Identities: logged in here, never typed in. No token reaches a page."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from accounts import identities
from accounts.admin.base import Trailed, acting
from accounts.admin.identity_forms import NewIdentityForm, PasswordForm
from accounts.admin.site import site
from accounts.models import Identity
from accounts.secrets import SecretUnreadable
from bexapi import BexError, BexRejected

WEAK = "BEX says that the password is weak: choose a stronger one there, then log in again."
UNVERIFIED = "BEX says that the e-mail address is not verified: until it is, nothing can be booked."


def _in_words(value: bool | None, yes: str, no: str) -> str:
    return "BEX did not say" if value is None else (yes if value else no)


@admin.register(Identity, site=site)
class IdentityAdmin(Trailed):
    told = ("label",)
    list_display = ("label", "username", "endpoint", "tokens", "password_strength", "email_state", "health")
    search_fields = ("label", "username")
    fields = (
        "label", "username", "endpoint", "identity_number", "tokens", "password_strength", "email_state", "health",
        "logged_in_at", "last_good_call_at", "last_refused_at", "last_refusal",
    )  # fmt: skip
    readonly_fields = fields[1:]
    actions = ("log_in_again", "archive", "bring_back")
    change_form_template = "admin/accounts/identity/change_form.html"

    @admin.display(description="tokens")
    def tokens(self, identity: Identity) -> str:
        kept = [name for name, sealed in _sealed(identity) if sealed]
        return f"kept: {' and '.join(kept)}" if kept else "none: log in"

    @admin.display(description="password")
    def password_strength(self, identity: Identity) -> str:
        return _in_words(identity.is_strong_password, "strong", "weak: change it at BEX")

    @admin.display(description="e-mail address")
    def email_state(self, identity: Identity) -> str:
        return _in_words(identity.is_email_verified, "verified", "not verified: blocks booking")

    @admin.display(description="health")
    def health(self, identity: Identity) -> str:
        if identity.archived_at:
            return "archived"
        if identity.paused_at:
            return f"paused: {identity.paused_reason or 'log in again'}"
        if identity.documents_refused_at:
            sure = "BEX refuses" if identity.documents_refusal_shown else "BEX seems to refuse"
            return f"{sure} its labels and e-waybills: log in again"
        refused, good = identity.last_refused_at, identity.last_good_call_at
        if refused and (good is None or refused > good):
            return "BEX refused the last call"
        return "well" if good else "not used yet"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # archived instead: what was booked under it stays readable

    def get_urls(self) -> list[URLPattern]:
        log_in = path(
            "<path:object_id>/log-in/", self.admin_site.admin_view(self.log_in_view), name="accounts_identity_log_in"
        )
        return [log_in, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Adding is logging in. Not the stock view: that holds a transaction open, and BEX is asked here."""
        return self._log_in_page(request, NewIdentityForm(_posted(request)), None)

    def log_in_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        identity = get_object_or_404(Identity.objects.in_use(), pk=self.get_object_id(object_id))
        return self._log_in_page(request, PasswordForm(_posted(request)), identity)

    def get_object_id(self, text: str) -> Any:
        """The id in an address, or one that nothing has."""
        try:
            return Identity._meta.pk.to_python(text)
        except forms.ValidationError:
            return None

    @method_decorator(sensitive_post_parameters("password"))
    def _log_in_page(self, request: HttpRequest, form: PasswordForm, known: Identity | None) -> HttpResponse:
        if form.is_bound and form.is_valid():
            identity = _log_in(request, form, known)
            if identity:
                self._say_what_bex_said(request, identity)
                return redirect("admin:accounts_identity_change", identity.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Log in {known.label} at BEX" if known else "Log an identity in at BEX",
            "form": form,
            "identity": known,
            "endpoint": known.endpoint if known else settings.BEX_API_URL,
            "opts": self.opts,
        }
        return TemplateResponse(
            request, "admin/accounts/identity/log_in.html", context, status=422 if form.errors else 200
        )

    def _say_what_bex_said(self, request: HttpRequest, identity: Identity) -> None:
        strength, email = self.password_strength(identity), self.email_state(identity)
        said = f"{identity.label} is logged in, both tokens are kept. Password: {strength}. E-mail address: {email}."
        self.message_user(request, said, messages.SUCCESS)
        if identity.is_strong_password is False:
            self.message_user(request, WEAK, messages.WARNING)
        if identity.is_email_verified is False:
            self.message_user(request, UNVERIFIED, messages.WARNING)

    @admin.action(description="Log in again at BEX (one identity)")
    def log_in_again(self, request: HttpRequest, queryset: QuerySet[Identity]) -> HttpResponse | None:
        chosen = list(queryset[:2])
        if len(chosen) == 1:
            return redirect("admin:accounts_identity_log_in", chosen[0].pk)
        self.message_user(request, "Choose one identity: each has its own password.", messages.ERROR)
        return None

    @admin.action(description="Archive: nothing is sent under it any more")
    def archive(self, request: HttpRequest, queryset: QuerySet[Identity]) -> None:
        done = sum(identities.archive(identity, acting(request)) for identity in queryset)
        self.message_user(request, f"Archived: {done}.")

    @admin.action(description="Bring back from the archive")
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Identity]) -> None:
        done = sum(identities.bring_back(identity, acting(request)) for identity in queryset)
        self.message_user(request, f"Brought back: {done}.")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        identity = cast("Identity | None", kwargs.get("obj"))
        if identity and not identity.archived_at:
            context["log_in_url"] = reverse("admin:accounts_identity_log_in", args=[identity.pk])
        return super().render_change_form(request, context, *args, **kwargs)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _sealed(identity: Identity) -> list[tuple[str, str]]:
    return [("main", identity.sealed_token), ("alternate", identity.sealed_alternate_token)]


@sensitive_variables()
def _log_in(request: HttpRequest, form: PasswordForm, known: Identity | None) -> Identity | None:
    """The identity, or None with the reason at the form."""
    asked = form.cleaned_data
    try:
        return identities.log_in(
            label=known.label if known else asked["label"],
            username=known.username if known else asked["username"],
            endpoint=known.endpoint if known else "",
            password=asked["password"],
            by=acting(request),
        )
    except BexRejected as refusal:
        if known:
            identities.record_refusal(known, refusal.message)
        form.add_error("password", f"BEX refused the log-in. In BEX's own words: {refusal.message or '(none)'}")
    except (BexError, SecretUnreadable) as error:
        form.add_error(None, f"Nothing was kept. {error}. Try again, or see whether BEX can be reached.")
    return None
