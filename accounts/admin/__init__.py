"""The admins' pages; importing them registers them on `accounts.admin.site.site`."""

from accounts.admin import accounts, identities, people, trail

__all__ = ["accounts", "identities", "people", "trail"]
