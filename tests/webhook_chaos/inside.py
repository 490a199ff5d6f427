"""What is prepared and counted in the installation's own database, beside its processes."""

from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Identity, ShippingAccount
from shipments.models import Waybill
from shipments.models.waybills import BookingState, NumberSource
from tests.webhook_chaos.storm import number_of
from tracking.models import Delivery, Event, Notification, Subscription, WaybillNote


def subscribe(secret: str) -> str:
    """A subscription as registering leaves it; its path."""
    made = Subscription.prepared(
        description="Storm", endpoint=settings.BEX_WEBHOOK_URL, courier=settings.BEX_API_URL, state="active"
    )
    made.keep_key("storm")
    made.keep_secret(secret)
    made.save()
    return made.path


def book(parcels: int) -> None:
    """Booked waybills that no poll looks at while the storm lasts. A third of them is not yet known when it begins."""
    identity = Identity.objects.create(label="Storm", username="storm", endpoint=settings.BEX_API_URL)
    account = ShippingAccount.objects.create(number="316085", name="Storm", identity=identity)
    now = timezone.now()
    Waybill.objects.bulk_create(
        Waybill(
            account=account, endpoint=account.endpoint, service_code="ONC", collection_date=now.date(),
            waybill_number="" if parcel % 3 == 0 else number_of(parcel), booking_state=BookingState.BOOKED,
            number_source=NumberSource.ANSWER, number_confirmed=True, booked_at=now, senders_ref=number_of(parcel),
            tracking_due_at=now + timedelta(days=1),
        )
        for parcel in range(parcels)
    )  # fmt: skip


def number_the_rest() -> None:
    """What was not known becomes known, as when BEX's answer is stored late."""
    connection.close()  # it may be one to a server that was restarted since
    for waybill in Waybill.objects.filter(waybill_number=""):
        Waybill.objects.filter(pk=waybill.pk).update(waybill_number=waybill.senders_ref)


def waits() -> int:
    """Deliveries and notifications that are not taken yet; -1 while the database is away."""
    try:
        untaken = Delivery.objects.to_be_taken().count()
        return untaken + Notification.objects.exclude(state=Notification.State.TAKEN).count()
    except OperationalError:
        connection.close()
        return -1


def held() -> Counter[str]:
    """How often each fact is there, by its name."""
    found: Counter[str] = Counter()
    for number, words in Event.objects.values_list("waybill__waybill_number", "description"):
        found[f"{number} {words.split()[3]}"] += 1
    for (words,) in WaybillNote.objects.values_list("text"):
        found[words.removeprefix("Note ")] += 1
    return found


def never_told() -> list[str]:
    """What stands here of parcels that only spoiled requests name."""
    return list(Notification.objects.filter(content__contains="ACP6").values_list("content", flat=True))


def kept() -> Counter[str]:
    return Counter(Delivery.objects.values_list("verdict", flat=True))
