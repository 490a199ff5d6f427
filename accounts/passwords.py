"""Setting a forgotten password by mail. Only where mail leaves the machine: a link in a log would be a key in a log."""

import logging
from collections.abc import Iterator
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordResetForm, SetPasswordForm
from django.core.mail import send_mail
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator

from accounts import lockouts, trail
from accounts.models import User
from bexportal.once import first_within

log = logging.getLogger(__name__)
PAUSE_SECONDS = 60
STAYS_HERE = ("django.core.mail.backends.console.EmailBackend", "django.core.mail.backends.dummy.EmailBackend")


def can_be_mailed() -> bool:
    return settings.EMAIL_BACKEND not in STAYS_HERE


class LinkForm(PasswordResetForm):
    def get_users(self, email: str) -> Iterator[User]:
        """One link a minute: nobody fills another's mailbox."""
        for user in super().get_users(email):
            if not user.is_service and first_within(PAUSE_SECONDS, f"password-link:{user.pk}"):
                yield user

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Whether it went says nothing to who asked: he may not know the address. Without it in the logs, either."""
        subject = render_to_string(subject_template_name, context).strip()
        try:
            send_mail(subject, render_to_string(email_template_name, context), from_email, [to_email])
        except (SMTPException, OSError) as error:
            log.error("a link for a new password could not be mailed (%s): see EMAIL_URL", type(error).__name__)


@method_decorator(login_not_required, name="dispatch")
class AskForLink(auth.PasswordResetView):
    form_class = LinkForm
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
