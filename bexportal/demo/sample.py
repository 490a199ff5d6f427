"""Sample data: Rooibok Trading, its people, its accounts at the sandbox courier and what they ship."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import transaction

from accounts.granting import grant
from accounts.models import Address, Identity, Role, ShippingAccount, User
from bexportal.demo import sample_shipments
from shipments.models import ParcelPreset, Place, Waybill

WEBHOOK_KEY = "demo-webhook-key"
IDENTITY = ("Rooibok main", "demo@rooibok.example", "demo-password")
ACCOUNTS = (("316085", "Head office", "Trading"), ("316092", "Spares", "Trading"), ("316101", "Returns", "Workshop"))
# user name, first name, last name, role on the first account
PEOPLE = (
    ("naledi", "Naledi", "Mokoena", Role.BOOKER),
    ("pieter", "Pieter", "Adams", Role.VIEWER),
    ("zanele", "Zanele", "Dlamini", Role.MANAGER),
)
PRESETS = (("Shoe box", 35, 22, 14, 2), ("Document satchel", 35, 25, 3, 1), ("Half pallet", 120, 80, 90, 180))
SENDER = {
    "company": "Rooibok Trading",
    "floor_building": "Unit 4",
    "street": "18 Electron Road",
    "suburb": "Sandton",
    "city": "Johannesburg",
    "post_code": "2196",
    "province": "Gauteng",
    "contact_name": "Naledi Mokoena",
    "mobile": "0820000001",
}


def fill(password: str) -> Iterator[str]:
    """Does what is not there yet, and says so: it may have been stopped anywhere. Needs the sandbox to answer."""
    if not Place.objects.exists():
        call_command("import_places", verbosity=0)
        yield f"{Place.objects.count()} suburbs and post codes"
    if not ParcelPreset.objects.exists():
        accounts(*IDENTITY)
        yield f"The identity {IDENTITY[0]} and its {len(ACCOUNTS)} shipping accounts"
    if not User.objects.filter(username="demo").exists():
        people(password)
        yield f"demo, who may do everything; {', '.join(person[0] for person in PEOPLE)} with the same password"
    if Waybill.objects.count() <= len(sample_shipments.SHIPMENTS):
        yield from sample_shipments.ship(User.objects.get(username="demo"))


def accounts(label: str, username: str, password: str) -> None:
    if not Identity.objects.filter(label=label).exists():
        with _standard_input(password):
            call_command("add_identity", label=label, username=username, stdout=io.StringIO())
    with transaction.atomic():
        _add_accounts(label)


def _add_accounts(label: str) -> None:
    sender = Address.objects.create(**SENDER)
    for number, name, unit in ACCOUNTS:
        call_command("add_account", number, identity=label, name=name, business_unit=unit, stdout=io.StringIO())
        ShippingAccount.objects.filter(number=number).update(default_sender=sender)
    for position, (preset, length, breadth, height, weight) in enumerate(PRESETS):
        ParcelPreset.objects.create(
            name=preset, length_cm=length, breadth_cm=breadth, height_cm=height, weight_kg=weight, position=position
        )


@transaction.atomic
def people(password: str) -> None:
    User.objects.create_superuser("demo", "demo@rooibok.example", password, first_name="Demo")
    first, *others = ShippingAccount.objects.order_by("number")
    for username, first_name, last_name, role in PEOPLE:
        person = User.objects.create_user(
            username, f"{username}@rooibok.example", password, first_name=first_name, last_name=last_name
        )
        for account in [first, *others] if role == Role.MANAGER else [first]:
            grant(user=person, account=account, role=role, until=None, by="demo_data")


@contextmanager
def _standard_input(text: str) -> Iterator[None]:
    """Commands read passwords from standard input; nobody types here."""
    before = sys.stdin
    sys.stdin = io.StringIO(text + "\n")
    try:
        yield
    finally:
        sys.stdin = before
