from accounts.models.address import Address
from accounts.models.api_key import ApiKey, Scope
from accounts.models.grant import Grant, Role
from accounts.models.identity import Identity
from accounts.models.pace import CallTally, Pace, Permit, RecordedCall
from accounts.models.people import BusinessUnit, User
from accounts.models.shipping_account import ShippingAccount
from accounts.models.trail import TrailEntry

__all__ = [
    "Address",
    "ApiKey",
    "BusinessUnit",
    "CallTally",
    "Grant",
    "Identity",
    "Pace",
    "Permit",
    "RecordedCall",
    "Role",
    "Scope",
    "ShippingAccount",
    "TrailEntry",
    "User",
]
