"""`manage.py demo_data`: people, accounts and shipments to look at, through the same verbs that pages use."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from bexportal.demo import sample
from bexportal.env import is_loopback


class Command(BaseCommand):
    help = "Fills an empty portal with sample data, against the sandbox courier only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_loopback(settings.BEX_API_URL):
            raise CommandError("Sample data is booked at a sandbox on this machine, never at the real courier.")
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set. It becomes the password of the people in the sample data.")
        for line in sample.fill(password):
            self.stdout.write(line)
