"""Quotes that were asked: dated, searchable, repeatable. Newest first, in pages that stay put while rows are added."""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import access
from shipments.models import Quote, QuoteOption
from shipments.searching import folded

PAGE_ROWS = 25


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    found = access.visible(Quote.objects.all(), request.user)
    for word in folded(text).split()[:6]:
        found = found.filter(search__contains=word)
    rows = list(_after(found, request.GET.get("before", ""))[: PAGE_ROWS + 1])
    priced = access.accounts_with_prices(request.user)
    shown = rows[:PAGE_ROWS]
    context: dict[str, Any] = {
        "quotes": [(quote, quote.account_id in priced) for quote in shown],
        "shows_prices": any(quote.account_id in priced for quote in shown),
        "may_book": access.accounts_for(request.user, "book").exists(),
        "text": text,
        "older": _mark(shown[-1]) if len(rows) > PAGE_ROWS else "",
        "is_first": not request.GET.get("before"),
    }
    return render(request, "shipments/quotes.html", context)


def _after(found: QuerySet[Quote], mark: str) -> QuerySet[Quote]:
    # Subqueries are worked out for the rows of one page only; a join would count the options of every quote there is.
    options = QuoteOption.objects.filter(quote=OuterRef("pk")).order_by().values("quote")
    found = found.select_related("account", "created_by", "receiver").annotate(
        offers=Coalesce(Subquery(options.annotate(n=Count("service_code", distinct=True)).values("n")), 0),
        least=Subquery(options.annotate(low=Min("total")).values("low")),
    )
    at, pk = _place(mark)
    if at is not None:
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=pk))
    return found.order_by("-created_at", "-id")


def _place(mark: str) -> tuple[datetime | None, uuid.UUID | None]:
    """Where the page before ended; an address that somebody mangled begins at the newest."""
    moment, _, pk = mark.partition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at, uuid.UUID(pk)) if at.tzinfo else (None, None)
    except ValueError:
        return None, None


def _mark(quote: Quote) -> str:
    return f"{quote.created_at.isoformat()}_{quote.pk}"
