"""Sign-in by user name or e-mail address."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User


class NameOrEmailBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None:
            return None
        found = list(User.objects.filter(Q(username__iexact=username) | Q(email__iexact=username))[:2])
        # A name that is another person's e-mail address must not open either of them by accident.
        exact = [user for user in found if user.username.lower() == username.lower()] or found
        if len(exact) != 1:
            User().set_password(password)  # the same time, whether the name exists or not
            return None
        user = exact[0]
        if user.is_service:
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None


def counted_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Under which name wrong passwords are counted: the same in any capitals."""
    given = (credentials or {}).get("username") or (request.POST.get("username") if request is not None else "")
    return str(given or "").strip().casefold()[:255]
