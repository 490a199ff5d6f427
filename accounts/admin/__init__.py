"""The admins' pages; importing them registers them on `accounts.admin.site.site`."""

from accounts.admin import people, trail

__all__ = ["people", "trail"]
