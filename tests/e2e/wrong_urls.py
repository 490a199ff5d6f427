"""The portal's addresses, and one for each way in which a page can go wrong."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path

from bexportal import views
from bexportal.urls import handler400, handler403, handler404, handler500
from bexportal.urls import urlpatterns as portal

STATUSES = (400, 403, 404, 429, 500)
__all__ = ["handler400", "handler403", "handler404", "handler500"]


def go_wrong(request: HttpRequest, status: int) -> HttpResponse:
    match status:
        case 400:
            raise SuspiciousOperation
        case 403:
            raise PermissionDenied
        case 429:
            return views.locked_out(request)
        case 500:
            raise RuntimeError("asked for by a test")
    return views.not_found(request)


urlpatterns = [*portal, path("wrong/<int:status>/", go_wrong)]
