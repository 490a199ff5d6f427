"""The least that keeps a delivery: `benchmarks.bare_intake:application`, a Django view with one INSERT.

`python -m benchmarks.bare_intake prepare SECRET` makes its table and a subscription, and prints the latter's path.
"""

import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bexportal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402

from tracking.models import Subscription  # noqa: E402


class BareDelivery(models.Model):
    received_at = models.DateTimeField(default=timezone.now)
    body = models.BinaryField()

    class Meta:
        app_label = "benchmarks"


def receive(request: HttpRequest) -> HttpResponse:
    BareDelivery(body=request.body).save(force_insert=True)
    return HttpResponse()


urlpatterns = [path("", receive)]


def prepare(secret: str) -> str:
    with connection.schema_editor() as editor:
        editor.create_model(BareDelivery)
    made = Subscription.prepared(
        description="Bench", endpoint=settings.BEX_WEBHOOK_URL, courier=settings.BEX_API_URL, state="active"
    )
    made.keep_key("bench")
    made.keep_secret(secret)
    made.save()
    return made.path


def application(environ: Any, start_response: Any) -> Any:
    return _handler()(environ, start_response)


_kept: list[WSGIHandler] = []


def _handler() -> WSGIHandler:
    if not _kept:
        settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
        _kept.append(WSGIHandler())
    return _kept[0]


if __name__ == "__main__":
    print(prepare(sys.argv[2]))
