"""The proof of delivery as a page and as a PDF, for who may see the waybill."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import access
from shipments.documents import file_name
from shipments.models import Waybill
from shipments.timing import timing
from tracking.proof import proof_of
from tracking.proof_pdf import pdf


@never_cache
@require_safe
def proof(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """409 in words while it is not delivered."""
    waybill = _waybill(request, pk)
    found = proof_of(waybill)
    shown = {"waybill": waybill, "proof": found, "timing": timing(waybill, timezone.now())}
    return render(request, "tracking/proof.html", shown, status=200 if found else 409)


@never_cache
@require_safe
def proof_as_pdf(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    waybill = _waybill(request, pk)
    found = proof_of(waybill)
    if found is None:
        return redirect("waybill-proof", pk=pk)
    response = HttpResponse(pdf(found, timezone.now()), content_type="application/pdf")
    kind = "attachment" if request.GET.get("download") else "inline"
    response["Content-Disposition"] = f'{kind}; filename="{file_name(waybill, "proof")}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _waybill(request: HttpRequest, pk: uuid.UUID) -> Waybill:
    rows = Waybill.objects.select_related("account", "sender", "receiver")
    return access.get_or_404(rows, request.user, pk=pk)
