"""A parcel's journey, for other systems."""

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from accounts import access
from accounts.api import READ, owner
from shipments.models import Waybill

router = Router(tags=["Waybills"])


class EventOut(Schema):
    occurred_at: datetime = Field(description="When it happened: from the text where it says so.")
    recorded_at: datetime = Field(description="When it was written down.")
    kind: str = Field(
        description="integrated, handed_over, departed, arrived, loaded, attempt_failed, driver_confirmed, delivered, "
        "returned, exception, noted; unclassified where nobody knows BEX's words."
    )
    description: str = Field(description="BEX's own words.")
    signee: str
    pieces: int | None = Field(description="How many were signed for, where BEX said so.")
    place: str
    sources: list[str] = Field(description="poll, webhook: who told it.")


@router.get("/waybills/{id}/events", auth=READ, response=list[EventOut], operation_id="listEvents")
def list_events(request: HttpRequest, id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: A002
    """What is known of its journey, newest first."""
    waybill = access.get_or_404(Waybill.objects.all(), owner(request), pk=id)
    return list(waybill.events.values(*EventOut.model_fields))
