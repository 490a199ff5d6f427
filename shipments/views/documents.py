"""Labels and e-waybills as PDF, or in words why there is none."""

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.models import ShippingAccount, User
from shipments import documents, printing, probing
from shipments.models import Document, Waybill

MOST_AT_ONCE = 500


@require_safe
def waybill_labels(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _document(request, pk, Document.Kind.LABELS)


@require_safe
def waybill_ewaybill(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _document(request, pk, Document.Kind.EWAYBILL)


@require_http_methods(["GET", "HEAD", "POST"])
def labels(request: HttpRequest) -> HttpResponse:
    """One PDF of the labels of a selection, in the list's order. Where some cannot be had, a page names them first,
    and `without_missing` prints the others.
    """
    if request.method != "POST":
        # The address of a page in words, asked for anew: what was selected is gone.
        return redirect("waybills")
    user = cast(User, request.user)
    wanted = {pk for text in request.POST.getlist("ids") if (pk := _uuid(text))}
    chosen = access.visible(Waybill.objects.filter(pk__in=wanted), user).select_related("account__identity", "receiver")
    if not wanted or len(wanted) > MOST_AT_ONCE:
        why = "too_many" if wanted else "none"
        return _words(request, "shipments/waybills_labels.html", 422, why=why, most=MOST_AT_ONCE)
    made = documents.labels_of(chosen.order_by("-created_at", "-id"))
    unseen = len(wanted) - len(made.printed) - len(made.missing)
    if made.pdf and (not (made.missing or unseen) or "without_missing" in request.POST):
        printing.note_printed(made.printed, Document.Kind.LABELS, user)
        return _pdf(request, made.pdf, _name(made.printed))
    status = 200 if made.printed else 409
    return _words(request, "shipments/waybills_labels.html", status, made=made, unseen=unseen)


def _document(request: HttpRequest, pk: uuid.UUID, kind: Document.Kind) -> HttpResponse:
    rows = Waybill.objects.select_related("account__identity", "receiver")
    # BEX prints the price on its e-waybill; labels have none.
    right: access.Right = "prices" if kind == Document.Kind.EWAYBILL else "view"
    waybill = access.get_or_404(rows, request.user, right, pk=pk)
    try:
        data = documents.open_or_fetch(waybill, kind)[1]
    except documents.DocumentRefused as why:
        is_access = _is_access(waybill.account)
        shown = {"refused": why, "is_access": is_access, "needs_admin": bool(why.access) or is_access}
        return _words(request, "shipments/waybills_document.html", 409, waybill=waybill, kind=kind, **shown)
    except documents.DocumentUnavailable as why:
        status = 503 if why.may_retry else 409
        return _words(request, "shipments/waybills_document.html", status, waybill=waybill, kind=kind, why=why)
    if request.method != "HEAD":
        printing.note_printed([waybill], kind, cast(User, request.user))
    return _pdf(request, data, documents.file_name(waybill, kind))


def _is_access(account: ShippingAccount) -> bool:
    """Whether BEX refuses a trial quote as well: a hint beside its words, never instead of them."""
    return probing.after_refused_reading(account) or not account.may_send


def _pdf(request: HttpRequest, data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/pdf")
    asked_for = request.GET.get("download") or request.POST.get("download")
    response["Content-Disposition"] = f'{"attachment" if asked_for else "inline"}; filename="{name}"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "DENY"
    return response


def _words(request: HttpRequest, template: str, status: int, **shown: object) -> HttpResponse:
    response = render(request, template, shown, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _name(printed: tuple[Waybill, ...]) -> str:
    if len(printed) == 1:
        return documents.file_name(printed[0], Document.Kind.LABELS)
    return f"labels-{len(printed)}-waybills-{timezone.localdate()}.pdf"


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


urlpatterns = [
    path("waybills/labels.pdf", labels, name="labels"),
    path("waybills/<uuid:pk>/labels.pdf", waybill_labels, name="waybill-labels"),
    path("waybills/<uuid:pk>/ewaybill.pdf", waybill_ewaybill, name="waybill-ewaybill"),
]
