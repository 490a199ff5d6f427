"""Waybills that other systems ask for: once under their key, corrected after a refusal, settled by BEX's number.

Their addresses are those of `waybills.router`, which reads them.
"""

import json
import threading
import time
import uuid
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Status
from ninja.params.functions import Header

from accounts import access, pacing
from accounts.api import BOOK, owner
from accounts.models import User
from bexportal.problems import Problem, retry_after
from shipments import bell, booking, ordering, sending
from shipments.api import answers, reading
from shipments.api.bodies import ResolutionIn, WaybillIn
from shipments.api.waybills import LOADED, WITH, router
from shipments.models import Quote, Waybill
from shipments.models.waybills import BookingState, HoldReason
from shipments.rules import sending_is_held

State = BookingState
UNDER_WAY = (State.QUEUED, State.SUBMITTING)
DONE = (State.BOOKED, State.CANCELLED)
MARGIN_SECONDS = 5
WAIT_AT_A_TIME = 8
"""Calls in one process that wait for BEX; it has twelve threads (bexportal.serving)."""
_waiters = threading.BoundedSemaphore(WAIT_AT_A_TIME)
__all__ = ["router"]
ANSWERS = {201: answers.WaybillOut, 202: answers.WaybillOut}
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", max_length=255,
        description="Yours for this shipment, kept for ever, without a comma. The same key and body never book twice.",
    ),
]  # fmt: skip
Prefer = Annotated[
    str | None, Header(alias="Prefer", description="`respond-async`: answer 202 at once; a worker sends it.")
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The waybill's version, or its ETag; a list may hold it among others. `*` names none: 428.",
    ),
]


@router.post("/waybills", auth=BOOK, response=ANSWERS, operation_id="createWaybill", tags=["Booking"])
def create_waybill(
    request: HttpRequest, response: HttpResponse, body: WaybillIn, idempotency_key: Key = None,
    prefer: Prefer = None,
) -> Any:  # fmt: skip
    """Books with BEX. 201: booked. 202: not known yet, waiting, or held: look again at `links.self`; never send it anew
    under another key. 422: refused by BEX (correct it with PUT) or invalid.
    """
    user = owner(request)
    digest, said = ordering.digest_of(user, _key(idempotency_key)), ordering.body_digest(_raw(request))
    try:
        waybill, made = ordering.known(digest, said), False
        if waybill is None:
            with _bell(prefer):
                waybill, made = ordering.place(reading.order(user, body), user, digest, said)
    except ordering.KeyReused:
        raise Problem("key-reused", "It was sent before with another body; a new shipment needs a new key.") from None
    except ordering.InUse as used:
        raise _in_use(used) from None
    # A key that opens fewer accounts, or a grant that ended, finds no more by a repeated call than by any other.
    if not made:
        access.get_or_404(Waybill.objects.only("pk"), user, "book", pk=waybill.pk)
    return _answer(request, response, user, waybill.pk, prefer)


@router.put("/waybills/{id}", auth=BOOK, response=ANSWERS, operation_id="correctWaybill", tags=["Booking"])
def correct_waybill(
    request: HttpRequest, response: HttpResponse, id: uuid.UUID, body: WaybillIn,  # noqa: A002
    if_match: IfMatch = None, prefer: Prefer = None,
) -> Any:  # fmt: skip
    """Corrects a waybill that BEX refused, or that is held, and books it: the same waybill, a new attempt."""
    user = owner(request)
    waybill = access.get_or_404(Waybill.objects.select_related("account"), user, "book", pk=id)
    version = _version(if_match, waybill.version)
    order = reading.order(user, body)
    if order.account.pk != waybill.account_id:
        raise Problem(
            "invalid", reading.NOTHING_DONE,
            errors=[{"pointer": "/account", "detail": "A waybill keeps its account; book anew for another one."}],
        )  # fmt: skip
    try:
        with _bell(prefer):
            ordering.correct(waybill, order, user, version)
    except ordering.Unchanged:
        raise Problem("unchanged", "BEX has refused just this; say something else.") from None
    except ordering.InUse as used:
        raise _in_use(used) from None
    except booking.Stale:
        raise _moved(waybill) from None
    except booking.NotNow as why:
        raise Problem("not-now", why.reason, waybill=answers.address_of(waybill)) from None
    return _answer(request, response, user, waybill.pk, prefer)


@router.post(
    "/waybills/{id}/resolution", auth=BOOK, response=answers.WaybillOut, operation_id="resolveWaybill", tags=["Booking"]
)
def resolve_waybill(
    request: HttpRequest, response: HttpResponse, id: uuid.UUID, body: ResolutionIn,  # noqa: A002
) -> Any:  # fmt: skip
    """Settles an unknown outcome by the number that BEX gave; BEX is asked whether it is this shipment's. To book again
    and to abandon are decisions of people, in the pages.
    """
    user = owner(request)
    waybill = access.get_or_404(Waybill.objects.select_related("account"), user, "book", pk=id)
    here = answers.address_of(waybill)
    if waybill.waybill_number.upper() == body.waybill_number.upper():
        return _shown(response, user, waybill.pk)
    try:
        booking.enter_number(
            waybill.pk, user, waybill.version, body.waybill_number, spoke_to=body.spoke_to, note=body.note
        )
    except booking.CouldNotAsk as why:
        raise Problem("courier-unreachable", why.reason, waybill=here, headers=retry_after(why.wait)) from None
    except booking.NumberNotConfirmed as why:
        raise Problem("number-not-confirmed", why.reason, waybill=here) from None
    except booking.NumberTaken:
        raise Problem("number-in-use", "Another waybill here holds this number.", waybill=here) from None
    except booking.NotNow as why:
        raise Problem("not-now", why.reason, waybill=here, headers=_opens_in(waybill, body)) from None
    except booking.Stale:
        raise _moved(waybill) from None
    return _shown(response, user, waybill.pk)


def _opens_in(waybill: Waybill, said: ResolutionIn) -> dict[str, str]:
    """When the decision will be open, as Retry-After; nothing where it will not be by itself."""
    now, telephoned = timezone.now(), bool(said.spoke_to.strip() and said.note.strip())
    opens_at = booking.decisions_open(waybill, now, telephoned=telephoned).opens_at
    return retry_after((opens_at - now).total_seconds()) if opens_at else {}


def _at_once(prefer: str | None) -> bool:
    return "respond-async" in (prefer or "").lower()


def _bell(prefer: str | None) -> AbstractContextManager[None]:
    """A worker is woken only where this process does not send itself."""
    return nullcontext() if _at_once(prefer) else bell.silent()


def _answer(request: HttpRequest, response: HttpResponse, user: User, pk: uuid.UUID, prefer: str | None) -> Any:
    """Sends it in this process and waits for what comes of it, unless the answer is wanted at once."""
    if _at_once(prefer):
        response["Preference-Applied"] = "respond-async"
    else:
        _wait(pk)
    shown = _shown(response, user, pk)
    refused = _refused_in_words(shown)
    if refused:
        raise Problem(
            "refused-by-bex", refused, state=shown["state"], bex_message=shown["bex_message"] or "",
            waybill=shown["links"]["self"],
            errors=_at_service(pk, shown),
            headers={"Location": shown["links"]["self"], "ETag": response["ETag"]},
        )  # fmt: skip
    return Status(201 if shown["state"] in DONE else 202, shown)


def _refused_in_words(shown: dict[str, Any]) -> str:
    """What BEX's refusal means for the caller; '' where there is none."""
    if shown["state"] == State.REJECTED:
        words = "" if shown["bex_message"] else "BEX said no word about it. "
        return f"{words}It is most likely not booked. Correct it with PUT; its reference is looked up."
    hold = shown["hold"] or {}
    if hold.get("reason") in {HoldReason.PRICING_REFUSED, HoldReason.NOT_OFFERED}:
        return f"{hold['words']}. Nothing was sent. Correct it with PUT."
    return ""


def _at_service(pk: uuid.UUID, shown: dict[str, Any]) -> list[dict[str, str]]:
    """What BEX does not offer: the service, or this one with that add-on."""
    hold = shown["hold"] or {}
    if hold.get("reason") != HoldReason.NOT_OFFERED:
        return []
    code, add_on = shown["service_code"], shown["add_on"]
    asked = Quote.objects.filter(receiver__in=Waybill.objects.filter(pk=pk).values("receiver")).order_by("-created_at")
    last = asked.first()
    if add_on and last is not None and last.options.filter(service_code=code).exists():
        return [{"pointer": "/add_on", "detail": f"BEX offers {code} here, but not with {add_on}."}]
    return [{"pointer": "/service_code", "detail": f"{hold['words']} here."}]


def _wait(pk: uuid.UUID) -> None:
    """Sends it here and waits for the outcome; not while BEX asks to wait or stays silent, and only in some of this
    process's threads: pages and health checks are answered meanwhile. Then a worker sends it.
    """
    if not _waiters.acquire(blocking=False):
        bell.ring_for(pk)
        return
    try:
        done = _sent(pk, time.monotonic() + settings.BEX_DEADLINE + MARGIN_SECONDS)
    finally:
        _waiters.release()
    if not done:
        bell.ring_for(pk)


def _sent(pk: uuid.UUID, until: float) -> bool:
    """False where it is still to be sent."""
    sending.send(pk)
    pause = 0.05
    while time.monotonic() < until:
        state, later, endpoint = Waybill.objects.values_list("booking_state", "send_after", "endpoint").get(pk=pk)
        if state not in UNDER_WAY:
            return True
        now = timezone.now()
        waits = (later is not None and later > now) or sending_is_held()
        if state == State.QUEUED and (waits or pacing.standing(endpoint, "submit_waybill", now).wait):
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.5)
        sending.send(pk)
    return False


def _shown(response: HttpResponse, user: User, pk: uuid.UUID) -> dict[str, Any]:
    waybill = Waybill.objects.select_related(*LOADED).prefetch_related(*WITH).get(pk=pk)
    refused = answers.refusals_to_price([waybill])
    shown = answers.waybill(waybill, refused, with_prices=access.sees_prices(user, waybill.account))
    response["Location"] = shown["links"]["self"]
    response["ETag"] = answers.etag(waybill.version, shown)
    return shown


def _key(given: str | None) -> str:
    key = (given or "").strip()
    if not key:
        raise Problem("key-required", "Send one Idempotency-Key for each shipment, at most 255 characters.")
    if "," in key:  # so a server hands two of them on
        raise Problem("malformed", "Send one Idempotency-Key, without a comma: two of them stand for no shipment.")
    return key


def _version(given: str | None, present: int) -> int:
    """`7`, `"7"` or the ETag `"7-…"`; of a list the present one, where that is among them. Raises Problem."""
    tags = [tag.strip() for tag in (given or "").split(",") if tag.strip()]
    if not tags or "*" in tags:
        star = "`*` names no version. " if tags else ""
        raise Problem("version-required", f"{star}Send the version that you saw as If-Match.")
    texts = [tag.removeprefix("W/").strip('"').partition("-")[0] for tag in tags]
    versions = [int(text) for text in texts if text.isdecimal() and len(text) <= 9]
    if not versions:
        raise Problem("version-moved", "If-Match holds no version of this waybill.")
    return present if present in versions else versions[0]


def _raw(request: HttpRequest) -> Any:
    return json.loads(request.body)


def _moved(waybill: Waybill) -> Problem:
    return Problem("version-moved", "Look at it again before you change it.", waybill=answers.address_of(waybill))


def _in_use(used: ordering.InUse) -> Problem:
    kind = "option-in-use" if used.what == "quote_option" else "reference-in-use"
    more: dict[str, Any] = {"state": used.state}
    if used.waybill is not None:
        more |= {"waybill": answers.address_of(used.waybill), "waybill_number": used.waybill.waybill_number}
    return Problem(
        kind, "Nothing was stored. If a second shipment is meant, say allow_duplicate.",
        errors=[{"pointer": f"/{used.what}", "detail": "There is a waybill already."}], **more,
    )  # fmt: skip
