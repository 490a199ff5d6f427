"""`manage.py demo_webhook`: a subscription at the sandbox, at the address that the demo has now."""

import io
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bexportal.demo.sample import WEBHOOK_KEY
from bexportal.env import is_loopback
from tracking.models import Subscription
from tracking.webhooks import registering

DESCRIPTION = "Everything, to this demo"


class Command(BaseCommand):
    help = "Subscribes the demo to what the sandbox courier tells; a demo that moved to another port subscribes anew."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_loopback(settings.BEX_WEBHOOK_URL):
            raise CommandError("The demo subscribes at a sandbox on this machine, never at the real courier.")
        for old in Subscription.objects.exclude(state=Subscription.State.ENDED).filter(description=DESCRIPTION):
            registering.end(old, "demo_webhook")
        before, sys.stdin = sys.stdin, io.StringIO(WEBHOOK_KEY + "\n")
        try:
            call_command("add_webhook", DESCRIPTION, stdout=io.StringIO())
        finally:
            sys.stdin = before
