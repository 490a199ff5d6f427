"""The API's door, and the accounts that a key opens."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.security import HttpBearer

from accounts import api_keys
from accounts.access import Right, accounts_for
from accounts.models import ApiKey, Scope, ShippingAccount, User
from bexportal.problems import Problem

WINDOW_SECONDS = 60


class KeyAuth(HttpBearer):
    """`Authorization: Bearer bexp_…` with a key that has this scope."""

    openapi_description = "A key of the page API keys, or of `manage.py create_api_key`."

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        try:
            key = api_keys.authenticate(token)
        except api_keys.KeyRefused as refused:
            raise unauthorized(refused.reason) from None
        request.user = key.owner
        request.rate = _rate(key)  # type: ignore[attr-defined]
        if not key.has(self.scope):
            raise Problem("scope-missing", f"This key lacks the scope {self.scope.value!r}.", scope=self.scope.value)
        _refuse_unknown_names(request)
        return key


def _refuse_unknown_names(request: HttpRequest) -> None:
    """In the query: a misspelt filter must not answer with everything. Raises Problem."""
    known: frozenset[str] | None = getattr(request, "query_names", None)
    unknown = sorted(set(request.GET) - known) if known is not None else []
    if unknown:
        told = f"There is no such name here. There are: {', '.join(sorted(known or ())) or 'none'}."
        errors = [{"pointer": f"/{name}", "detail": told} for name in unknown]
        raise Problem("invalid", "The query cannot be understood.", errors=errors)


def unauthorized(why: str) -> Problem:
    return Problem("unauthorized", why, headers={"WWW-Authenticate": 'Bearer realm="bexportal"'})


def _rate(key: ApiKey) -> dict[str, str]:
    """Headers that say what is left of this minute. Raises Problem where nothing is."""
    now = timezone.now()
    allowed: int = settings.API_CALLS_PER_MINUTE
    used = api_keys.count_call(key, now)
    ends_in = WINDOW_SECONDS - now.second
    headers = {
        "RateLimit-Policy": f'"key";q={allowed};w={WINDOW_SECONDS}',
        "RateLimit": f'"key";r={max(allowed - used, 0)};t={ends_in}',
    }
    if used > allowed:
        raise Problem(
            "rate-limited", f"This key may make {allowed} calls a minute.",
            headers={**headers, "Retry-After": str(ends_in)},
        )  # fmt: skip
    return headers


READ, QUOTE, BOOK, DOCUMENTS, WEBHOOKS = (
    KeyAuth(scope) for scope in (Scope.READ, Scope.QUOTE, Scope.BOOK, Scope.DOCUMENTS, Scope.WEBHOOKS)
)


def owner(request: HttpRequest) -> User:
    """Whose key was shown."""
    assert isinstance(request.user, User)  # noqa: S101 - KeyAuth let nobody else in
    return request.user


class AccountOut(Schema):
    number: str
    name: str
    business_unit: str
    state: str
    may_send: bool
    rights: list[str]


router = Router(tags=["Accounts"])
RIGHTS: tuple[Right, ...] = ("view", "prices", "book", "approve", "manage")


@router.get("/accounts", auth=READ, response=list[AccountOut], operation_id="listAccounts")
def list_accounts(request: HttpRequest) -> list[dict[str, Any]]:
    """The shipping accounts that this key opens, and what it may do on each."""
    user = owner(request)
    holders = {right: set(accounts_for(user, right).values_list("pk", flat=True)) for right in RIGHTS}
    found = accounts_for(user).select_related("identity", "business_unit").order_by("number")
    return [
        {
            "number": account.number, "name": account.name, "state": account.state, "may_send": account.may_send,
            "business_unit": account.business_unit.name if account.business_unit else "",
            "rights": [right for right in RIGHTS if account.pk in holders[right]],
        }
        for account in found.exclude(state=ShippingAccount.State.ARCHIVED)
    ]  # fmt: skip
