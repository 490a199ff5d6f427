"""Quotes: asked, and shown again."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from accounts import access
from accounts.api import QUOTE, READ, owner
from bexportal.problems import Problem, retry_after
from shipments import quoting
from shipments.api import answers, reading
from shipments.api.bodies import QuoteIn
from shipments.models import Quote

router = Router(tags=["Quotes"])


@router.post("/quotes", auth=QUOTE, response={201: answers.QuoteOut}, operation_id="createQuote")
def create_quote(request: HttpRequest, response: HttpResponse, body: QuoteIn) -> Status[dict[str, Any]]:
    """Asks BEX for prices, now. A quote holds for 15 minutes; then it is asked again before it is relied on."""
    user = owner(request)
    asked = quoting.quote(by=user, **reading.quote(user, body))
    here = f"/api/v1/quotes/{asked.pk}"
    if asked.state == Quote.State.REFUSED:
        raise Problem("refused-by-bex", "BEX gave no price.", bex_message=asked.refusal, quote=here)
    if asked.state == Quote.State.UNANSWERED:
        raise Problem(
            "courier-unreachable", f"{asked.failure or 'No answer'}. Ask again in a moment.", quote=here,
            headers=retry_after((asked.retry_at - timezone.now()).total_seconds() if asked.retry_at else None, 10),
        )  # fmt: skip
    response["Location"] = here
    return Status(201, _shown(asked, access.sees_prices(user, asked.account)))


@router.get("/quotes/{id}", auth=READ, response=answers.QuoteOut, operation_id="getQuote")
def get_quote(request: HttpRequest, id: uuid.UUID) -> dict[str, Any]:  # noqa: A002 - the parameter's public name
    """A quote as BEX gave it, with the moment from which it is asked again."""
    user = owner(request)
    found = access.get_or_404(Quote.objects.select_related("account"), user, pk=id)
    return _shown(found, access.sees_prices(user, found.account))


def _shown(found: Quote, with_prices: bool) -> dict[str, Any]:
    return answers.quote(found, list(found.options.all()), with_prices=with_prices)
