"""BEX's PDFs, fetched once and kept."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.models import ApiKey
from shipments.models.kept import Record
from shipments.models.waybills import Waybill


def _path(document: "Document", filename: str) -> str:
    # No number and no name in it: who lists the storage learns nothing.
    return f"waybills/{document.waybill_id}/{document.kind}-{document.pk}.pdf"


class Document(models.Model):
    class Kind(models.TextChoices):
        EWAYBILL = "ewaybill", "E-waybill"
        LABELS = "labels", "Labels"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    waybill_number = models.CharField(max_length=40, help_text="The number that it was fetched for.")
    file = models.FileField(upload_to=_path, max_length=200)
    size_bytes = models.PositiveIntegerField()
    pages = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    fetched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["waybill", "kind", "waybill_number"], name="document_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.waybill_number}"


class Printing(Record):
    """Somebody had a document of BEX's opened or downloaded, or another system took it; what a printer did with it
    nobody knows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    waybill = models.ForeignKey(Waybill, on_delete=models.PROTECT, related_name="printings")
    kind = models.CharField(max_length=10, choices=Document.Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(
        ApiKey, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="Where a machine took it in their name.",
    )  # fmt: skip
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
