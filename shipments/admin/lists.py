"""What admins keep for those who ship: usual parcels, places, what stays in the address book."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts import trail
from accounts.admin.base import Trailed, acting
from accounts.admin.site import site
from shipments import places
from shipments.models import AddressBookEntry, ParcelPreset, Place


@admin.register(ParcelPreset, site=site)
class ParcelPresetAdmin(Trailed):
    told = ("name", "length_cm", "breadth_cm", "height_cm", "weight_kg", "position")
    list_display = ("name", "length_cm", "breadth_cm", "height_cm", "weight_kg", "position")
    list_editable = ("position",)
    search_fields = ("name",)


@admin.register(Place, site=site)
class PlaceAdmin(Trailed):
    """Places only complete what is typed: a wrong one may be corrected or deleted at any time."""

    told = ("suburb", "area", "post_code", "province", "also")
    fields = ("suburb", "area", "post_code", "province", "also", "quoted", "learnt_at")
    readonly_fields = ("quoted", "learnt_at")
    list_display = ("suburb", "area", "post_code", "also", "quoted", "learnt_at")
    search_fields = ("search",)
    ordering = ("-quoted", "suburb", "post_code")
    show_full_result_count = False

    def save_model(self, request: HttpRequest, obj: Place, form: Any, change: bool) -> None:
        obj.search = places.search_text(obj)
        super().save_model(request, obj, form, change)


@admin.register(AddressBookEntry, site=site)
class AddressBookEntryAdmin(Trailed):
    """The book fills itself from bookings; here an entry can only be taken out. The bookings keep their address."""

    list_display = ("address", "end", "account", "uses", "last_used_at")
    list_filter = ("end", "account")
    list_select_related = ("address", "account")
    search_fields = ("search",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def record(self, request: HttpRequest, what: str, obj: Any, message: Any = None) -> None:
        # The line names the account: whose address it was is no business of the trail.
        trail.record(acting(request), f"address-book.{what}", obj.account)
