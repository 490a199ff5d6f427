"""Waybills, their documents and places, to read."""

import base64
import binascii
import uuid
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import BeforeValidator, Field

from accounts import access
from accounts.api import DOCUMENTS, READ, owner
from accounts.models import User
from bexportal.problems import Problem, retry_after
from shipments import documents, places, printing
from shipments.api import answers
from shipments.api.bodies import Day
from shipments.filtering import SHOWN_STATES, FilterForm, Filters
from shipments.models import Document, Waybill

router = Router()
LOADED = ("account", "sender", "receiver")
WITH = ("parcels", "prices", "attempts")
Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


def _written_moment(value: Any) -> Any:
    if isinstance(value, str) and "T" not in value.upper():
        raise ValueError("a moment is written as 2026-11-27T08:00:00+02:00")
    return value


class Wanted(Schema):
    """Filters as on the page of waybills. With `updated_since`: what changed from then on, oldest change first."""

    account: Text = Field("", description="The number of a shipping account.")
    state: Text = Field("", description=f"One of: {', '.join(SHOWN_STATES)}.")
    since: Day | None = Field(None, description="Made on this day or later, in South Africa.")
    until: Day | None = Field(None, description="Made on this day or earlier.")
    service: Text = Field("", description="The code of a service.")
    q: Text = Field("", description="Words of number, references or receiver.")
    senders_ref: Text = Field("", description="The sender's reference, in any capitals.")
    updated_since: Annotated[datetime | None, BeforeValidator(_written_moment)] = Field(
        None, description="With its time zone."
    )
    limit: int = Field(50, ge=1, le=100)
    cursor: Annotated[str, Field(max_length=200)] = Field("", description="Of `next`; not to be made up.")


@router.get("/waybills", auth=READ, response=answers.WaybillPage, tags=["Waybills"], operation_id="listWaybills")
def list_waybills(request: HttpRequest, wanted: Query[Wanted]) -> dict[str, Any]:
    """Newest first, in pages that nothing new moves."""
    user = owner(request)
    found = _filtered(user, wanted)
    by, forward = ("updated_at", True) if wanted.updated_since else ("created_at", False)
    if wanted.cursor:
        found = found.filter(_beyond(wanted.cursor, by, forward=forward))
    sign = "" if forward else "-"
    rows = list(
        found.order_by(f"{sign}{by}", f"{sign}id").select_related(*LOADED)
        .prefetch_related(*WITH)[: wanted.limit + 1]
    )  # fmt: skip
    priced = access.accounts_with_prices(user)
    shown = rows[: wanted.limit]
    refused = answers.refusals_to_price(shown)
    return {
        "items": [answers.waybill(one, refused, with_prices=one.account_id in priced) for one in shown],
        "next": _next(request, shown[-1], by) if len(rows) > wanted.limit else None,
    }


@router.get("/waybills/{id}", auth=READ, response=answers.WaybillOut, tags=["Waybills"], operation_id="getWaybill")
def get_waybill(request: HttpRequest, response: HttpResponse, id: uuid.UUID) -> dict[str, Any]:  # noqa: A002
    """One waybill; its ETag begins with its version."""
    user = owner(request)
    rows = Waybill.objects.select_related(*LOADED).prefetch_related(*WITH)
    found = access.get_or_404(rows, user, pk=id)
    shown = answers.waybill(
        found, answers.refusals_to_price([found]), with_prices=access.sees_prices(user, found.account)
    )
    response["ETag"] = answers.etag(found.version, shown)
    return shown


PDF: Any = {
    "responses": {
        200: {
            "description": "A PDF.",
            "content": {"application/pdf": {"schema": {"type": "string", "contentMediaType": "application/pdf"}}},
        }
    }
}


@router.get("/waybills/{id}/label.pdf", auth=DOCUMENTS, tags=["Waybills"], operation_id="getLabel", openapi_extra=PDF)
def get_label(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    """The labels of its parcels, 10.08 × 14.98 cm each, fetched from BEX once and kept."""
    return _document(request, id, Document.Kind.LABELS, "view")


@router.get(
    "/waybills/{id}/ewaybill.pdf", auth=DOCUMENTS, tags=["Waybills"], operation_id="getEwaybill", openapi_extra=PDF
)
def get_ewaybill(request: HttpRequest, id: uuid.UUID) -> HttpResponse:  # noqa: A002
    """The A4 e-waybill. BEX prints prices on it, so the key's owner must be allowed to see them."""
    return _document(request, id, Document.Kind.EWAYBILL, "prices")


@router.get("/places", auth=READ, response=list[answers.PlaceOut], tags=["Places"], operation_id="listPlaces")
def list_places(
    request: HttpRequest, q: Annotated[Text, Field(min_length=1)], limit: Annotated[int, Field(ge=1, le=50)] = 10
) -> list[dict[str, str]]:
    """Suburbs by any of their names, area or post code. The list completes; BEX decides what it knows."""
    return [
        {"suburb": place.suburb, "area": place.area, "post_code": place.post_code, "also": place.also}
        for place in places.complete(q, limit)
    ]


def _document(request: HttpRequest, pk: uuid.UUID, kind: Document.Kind, right: access.Right) -> HttpResponse:
    rows = Waybill.objects.select_related("account__identity", "receiver")
    waybill = access.get_or_404(rows, owner(request), right, pk=pk)
    here = answers.address_of(waybill)
    try:
        data = documents.open_or_fetch(waybill, kind)[1]
    except documents.DocumentRefused as why:
        detail = f"BEX refused it. {why.access}".strip()
        raise Problem("document-refused", detail, bex_message=why.message, waybill=here) from None
    except documents.DocumentUnavailable as why:
        if why.may_retry:
            raise Problem("courier-unreachable", str(why), waybill=here, headers=retry_after(why.wait)) from None
        raise Problem("document-refused", str(why), waybill=here) from None
    if request.method == "GET":
        printing.note_printed([waybill], kind, owner(request))
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{documents.file_name(waybill, kind)}"'
    response["Cache-Control"] = "private, no-cache"
    return response


def _filtered(user: User, wanted: Wanted) -> QuerySet[Waybill]:
    asked = {name: getattr(wanted, name) for name in ("state", "since", "until", "service", "q")}
    form = FilterForm(user, {name: value for name, value in asked.items() if value})
    if not form.is_valid():
        errors = [{"pointer": f"/{name}", "detail": str(text)} for name, texts in form.errors.items() for text in texts]
        raise Problem("invalid", "A filter cannot be understood.", errors=errors)
    found = Filters.of(form).apply(access.visible(Waybill.objects.all(), user), timezone.now())
    if wanted.account:
        found = found.filter(account__number=wanted.account)
    if wanted.senders_ref:
        found = found.filter(senders_ref__iexact=wanted.senders_ref.strip())
    if wanted.updated_since:
        if timezone.is_naive(wanted.updated_since) or not _is_sensible(wanted.updated_since):
            raise _unclear("updated_since", "A moment with its time zone, for instance 2026-11-27T08:00:00+02:00.")
        found = found.filter(updated_at__gte=wanted.updated_since)
    return found


def _next(request: HttpRequest, last: Waybill, by: str) -> str:
    text = f"{getattr(last, by).isoformat()}|{last.pk}"
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    kept = {name: value for name, value in request.GET.items() if name != "cursor"}
    return f"{request.path}?{urlencode({**kept, 'cursor': cursor})}"


def _beyond(cursor: str, by: str, *, forward: bool) -> Q:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, pk = text.partition("|")
        at, last = datetime.fromisoformat(moment), uuid.UUID(pk)
    except (binascii.Error, ValueError):
        raise _unclear("cursor", "This cursor is not one of ours; begin at the first page.") from None
    if timezone.is_naive(at) or not _is_sensible(at):
        raise _unclear("cursor", "This cursor is not one of ours; begin at the first page.")
    step = "gt" if forward else "lt"
    return Q(**{f"{by}__{step}": at}) | Q(**{by: at, f"id__{step}": last})


def _is_sensible(at: datetime) -> bool:
    """Not so near the ends of the calendar that another time zone is beyond them."""
    return 1900 < at.year < 9999


def _unclear(name: str, detail: str) -> Problem:
    return Problem("invalid", "The query cannot be understood.", errors=[{"pointer": f"/{name}", "detail": detail}])
