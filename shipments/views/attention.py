"""The list of what needs a person, and what a person says about one of its cases."""

from collections.abc import Collection
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import accounts_with_prices
from accounts.models import User
from accounts.models.people import AttentionMail
from shipments.attention import cases, handling
from shipments.attention.kinds import kind_of


class MailForm(forms.Form):
    attention_mail = forms.ChoiceField(
        label="Mail me what I may act on", choices=AttentionMail.choices, widget=forms.RadioSelect
    )


@never_cache
@require_safe
def attention(request: HttpRequest) -> HttpResponse:
    """Kind by kind; `?kind=` shows one of them page by page, `?view=` mine, nobody's or what is snoozed."""
    user, now = cast(User, request.user), timezone.now()
    view, kind = request.GET.get("view", ""), request.GET.get("kind", "")
    if view not in cases.VIEWS or (kind and kind_of(kind) is None):
        raise Http404
    found = cases.groups(user, now, view=view, kind=kind, after=request.GET.get("after", ""))
    shown = {
        "groups": found,
        "count": sum(group.count for group in found),
        "goes": how_they_go(found),
        "priced": accounts_with_prices(user),
        "view": view,
        "only": kind_of(kind),
        "is_further_page": "after" in request.GET,
        "views": [(words, _query(view=code, kind=kind), code == view) for code, words in cases.VIEWS.items()],
        "snoozes": [(code, words) for code, (words, _) in handling.SNOOZES.items()],
        "here": request.get_full_path(),
        "mail_form": MailForm(initial={"attention_mail": user.attention_mail}),
    }
    return render(request, "shipments/attention.html", shown)


def how_they_go(found: Collection[cases.Group]) -> str:
    """What ends the cases that are shown, in words."""
    one = sum(group.count for group in found) == 1
    by_hand = {group.kind.by_hand for group in found}
    if by_hand == {True}:
        return f"{'It stays' if one else 'Each stays'} until somebody says that it is settled."
    words = f"{'It goes' if one else 'Each goes'} by itself when its cause is gone"
    return f"{words}; where there is “Settled”, when somebody says so." if True in by_hand else f"{words}."


def _query(**asked: str) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest) -> HttpResponse:
    """One button of a case. Whatever comes of it is said on the page that it was pressed on."""
    if request.method == "GET":
        return redirect("attention")  # signed in again
    user = cast(User, request.user)
    kind, key = request.POST.get("kind", ""), request.POST.get("key", "")
    try:
        done = _do(user, request.POST.get("do", ""), kind, key, request.POST)
    except handling.Gone:
        messages.info(request, "This case is gone by now: its cause is, or you may not act on it.")
    except handling.NotSo as error:
        messages.warning(request, error.reason)
    else:
        messages.success(request, done)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/")
    return redirect(back if safe else reverse("attention"))


def _do(user: User, what: str, kind: str, key: str, said: Any) -> str:
    text = said.get("note", "").strip()
    if what == "take":
        handling.take(user, kind, key)
        return "It is yours now."
    if what == "let_go":
        handling.let_go(user, kind, key)
        return "It is nobody’s again."
    if what == "note":
        handling.note(user, kind, key, text)
        return "The note is kept." if text else "The note is gone."
    if what == "snooze" and said.get("until") in handling.SNOOZES:
        words, until = handling.SNOOZES[said["until"]]
        handling.snooze(user, kind, key, until(timezone.now()))
        return f"Snoozed {words}."
    if what == "wake":
        handling.wake(user, kind, key)
        return "It is back in the list."
    if what == "settle":
        handling.settle(user, kind, key, text)
        return "Settled."
    raise handling.NotSo("Nothing was changed: the button is not known. Load the page again.")


@never_cache
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = MailForm(request.POST)
    if form.is_valid():
        # From now on: what was noticed before is on the page, and in the next digest.
        now = timezone.now()
        User.objects.filter(pk=user.pk).update(
            attention_mail=form.cleaned_data["attention_mail"], attention_told_until=now, attention_next_at=None
        )
        words = AttentionMail(form.cleaned_data["attention_mail"]).label.lower()
        messages.success(request, f"Mail about what needs you: {words}.")
    else:
        messages.warning(request, "Nothing was changed: choose one of the three.")
    return redirect("attention")


urlpatterns = [
    path("attention/", attention, name="attention"),
    path("attention/act/", act, name="attention-act"),
    path("attention/mail/", mail, name="attention-mail"),
]
