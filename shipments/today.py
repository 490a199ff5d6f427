"""What the home page says: the first steps of a new installation, then what today needs."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum
from django.urls import reverse
from django.utils import timezone

from accounts.access import accounts_for, accounts_with_prices, visible
from accounts.models import Identity, ShippingAccount, User
from shipments.listing import Row, rows_of
from shipments.models import Parcel, Place, Price, Quote, QuoteOption, Waybill
from shipments.models.waybills import BookingState

MOST_SHOWN = 8
MOST_RECENT = 10
SOON = timedelta(hours=1)
SOME_DAYS = timedelta(days=4)  # a weekend with a holiday


@dataclass(frozen=True)
class Step:
    """One of the first steps. `how`: a command for who runs the installation. `ask`: for those who may not do it."""

    words: str
    done: bool
    how: str = ""
    explained: str = ""
    link: str = ""
    link_words: str = ""


@dataclass(frozen=True)
class CutOff:
    """Of a service on that route: `at`, the earliest that BEX gave from today on; `following`, the earliest ahead.

    `drafts`: how many wait for it.
    """

    service_code: str
    service_name: str
    at: datetime
    following: datetime | None
    now: datetime
    passed: bool
    drafts: int

    @property
    def soon(self) -> bool:
        return not self.passed and self.at < self.now + SOON

    @property
    def is_today(self) -> bool:
        return timezone.localdate(self.at) == timezone.localdate(self.now)


@dataclass(frozen=True)
class CutOffs:
    origin: str
    services: list[CutOff]


@dataclass(frozen=True)
class Booked:
    """Today's bookings: the newest as rows, all of them as sums. `total` over the prices that may be seen."""

    rows: list[Row]
    count: int
    parcels: int
    total: Decimal | None
    shows_prices: bool


def first_steps(user: User) -> list[Step]:
    """What has to be there before the first shipment, in order; empty once this person sees a waybill."""
    accounts = accounts_for(user)
    if visible(Waybill.objects.all(), user).exists():
        return []
    bookable = accounts_for(user, "book").exists()
    if not user.is_superuser:
        granted = Step(
            "An account that you may use", accounts.exists(),
            explained="Ask an admin of this portal for a grant on the shipping account that you book for.",
        )  # fmt: skip
        return [granted, _first_shipment(bookable, granted.done)]
    admin = reverse("admin:index")
    return [
        Step(
            "An identity: the user at BEX whose token is used", Identity.objects.in_use().exists(),
            how="manage.py add_identity --label LABEL --username USER",
            explained="It asks for the password on standard input, logs in and forgets it; only the tokens are kept.",
            link=admin, link_words="Open the accounts",
        ),
        Step(
            "A shipping account", ShippingAccount.objects.exists(),
            how="manage.py add_account NUMBER --identity LABEL --name NAME",
            explained="Whose rates apply, and who is billed.",
            link=admin, link_words="Open the accounts",
        ),
        Step(
            "The list of places", Place.objects.exists(), how="manage.py import_places",
            explained="It completes suburbs and post codes while one types. Prices can be asked without it.",
        ),
        _first_shipment(bookable, ready=bookable),
    ]  # fmt: skip


def _first_shipment(bookable: bool, ready: bool) -> Step:
    words = "The first shipment"
    if bookable:
        where = {"link": reverse("quote-new"), "link_words": "New shipment"}
        return Step(words, False, explained="Describe it, compare the services, book one.", **where)
    if ready:
        return Step(words, False, explained="You may look, not book: an admin can grant the role of a booker.")
    return Step(words, False, explained="It comes as soon as the above is there.")


def drafts(user: User) -> int:
    return visible(Waybill.objects.filter(booking_state=BookingState.DRAFT), user).count()


def booked_today(user: User, now: datetime) -> Booked:
    seen = visible(Waybill.objects.all(), user)
    today = seen.filter(booking_state=BookingState.BOOKED, booked_at__gte=midnight(now)).order_by()
    priced = accounts_with_prices(user)
    newest = list(today.select_related("receiver", "account", "priced_by").order_by("-booked_at", "-id")[:MOST_RECENT])
    told = Price.objects.filter(waybill__in=today.filter(account__in=priced), kind=Price.Kind.BOOKED)
    return Booked(
        rows=rows_of(newest, priced, now),
        count=today.count() if len(newest) == MOST_RECENT else len(newest),
        parcels=Parcel.objects.filter(waybill__in=today).order_by().count(),
        total=told.aggregate(Sum("total"))["total__sum"],
        shows_prices=any(waybill.account_id in priced for waybill in newest),
    )


def cut_offs(user: User, now: datetime) -> CutOffs | None:
    """As BEX gave them in today's quotes for a collection in the next days, from where was quoted last; None without.

    Where today's has passed, or BEX gave no more for today, the next one stands beside it.
    """
    today = timezone.localdate(now)
    quotes = visible(Quote.objects.all(), user).filter(
        quoted_at__gte=midnight(now), dispatch_date__lte=today + SOME_DAYS, state=Quote.State.ANSWERED
    )
    latest = quotes.order_by("-quoted_at").first()
    if latest is None:
        return None
    same = quotes.filter(origin_suburb=latest.origin_suburb, origin_post_code=latest.origin_post_code).order_by()
    options = QuoteOption.objects.filter(quote__in=same, add_on="", cut_off__gte=midnight(now)).order_by()
    told = options.values_list("service_code").annotate(
        first=Min("cut_off"), following=Min("cut_off", filter=Q(cut_off__gt=now)), name=Min("service_name"),
        for_today=Min("quote__dispatch_date"),
    )  # fmt: skip
    drafts = visible(Waybill.objects.filter(booking_state=BookingState.DRAFT), user).order_by()
    waiting = dict(drafts.values_list("service_code").annotate(Count("pk")))
    services = [
        CutOff(
            code, name or code, first, following, now,
            # Asked for today and answered with a later day: today's was over already.
            passed=first <= now or (timezone.localdate(first) > today and for_today == today),
            drafts=waiting.get(code, 0),
        )
        for code, first, following, name, for_today in told
    ]  # fmt: skip
    # What has passed stands last.
    services.sort(key=lambda service: (service.passed, service.at))
    return CutOffs(f"{latest.origin_suburb} {latest.origin_post_code}", services) if services else None


def midnight(now: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
