"""The volumetric ratios that chargeable weight is estimated with. BEX tells a service's only after booking on it."""

from accounts.access import Person, visible
from shipments.models import Price, Waybill

USUAL = "5000"
RECENT_WAYBILLS = 200
MOST_RATIOS = 3


def ratios(user: Person) -> dict[str, str]:
    """cm³ per kg, by the services that were billed with it lately on accounts this person may see; else the usual."""
    recent = visible(Waybill.objects.all(), user).order_by("-created_at", "-pk").values("pk")[:RECENT_WAYBILLS]
    billed = Price.objects.filter(waybill__in=recent, volumetric_ratio__gt=0).order_by("at")
    by_service = dict(billed.values_list("waybill__service_code", "volumetric_ratio"))  # the last one counts
    services: dict[str, list[str]] = {}
    for service, ratio in sorted(by_service.items()):
        if ratio is not None:
            services.setdefault(f"{ratio.normalize():f}", []).append(service)
    if USUAL not in services:
        services[USUAL] = ["others" if services else "usual"]
    lowest_last = sorted(services, key=float, reverse=True)[:MOST_RATIOS]
    return {", ".join(services[ratio]): ratio for ratio in lowest_last}
