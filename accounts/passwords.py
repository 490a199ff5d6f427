"""Setting a forgotten password by mail. Only where mail leaves the machine: a link in a log would be a key in a log."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator

from accounts import lockouts, trail
from accounts.models import User

STAYS_HERE = ("django.core.mail.backends.console.EmailBackend", "django.core.mail.backends.dummy.EmailBackend")


def can_be_mailed() -> bool:
    return settings.EMAIL_BACKEND not in STAYS_HERE


@method_decorator(login_not_required, name="dispatch")
class AskForLink(auth.PasswordResetView):
    email_template_name = "registration/password_reset_email.txt"
    subject_template_name = "registration/password_reset_subject.txt"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not can_be_mailed():
            raise Http404("no mail leaves this portal")
        # The address that the installation knows, whatever host the request named.
        self.extra_email_context = {"public_url": settings.PUBLIC_URL}
        return super().dispatch(request, *args, **kwargs)


@method_decorator(login_not_required, name="dispatch")
class SetByLink(auth.PasswordResetConfirmView):
    def form_valid(self, form: "SetPasswordForm[Any]") -> HttpResponse:
        with transaction.atomic():
            answer = super().form_valid(form)
            if isinstance(self.user, User):
                trail.record(self.user, "person.password-set-by-mail", self.user)
                lockouts.lift(self.user, self.user)
        return answer
