"""The admins' site: for superusers alone, entered by the portal's own sign-in."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts.models import User


class PortalAdminSite(AdminSite):
    site_header = "bexportal administration"
    site_title = "bexportal"
    index_title = "People, accounts and access"

    def has_permission(self, request: HttpRequest) -> bool:
        # Permissions of single models are not used here: what is behind this door concerns every account.
        return isinstance(request.user, User) and request.user.is_active and request.user.is_superuser

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The portal's sign-in is the only one, with its brake on guessing."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            wanted = ""
        if self.has_permission(request):
            return redirect(wanted or "admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied("only superusers administer the portal")
        return redirect_to_login(wanted or request.path)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("password_change")


site = PortalAdminSite()
# One at a time, with a page that says what goes with it.
site.disable_action("delete_selected")
