"""The trail: who did what, when. Rows are added, never changed."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class TrailEntry(models.Model):
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the program."
    )
    actor_text = models.CharField(max_length=150, help_text="The name at that time, the command or the task.")
    action = models.CharField(max_length=60, db_index=True)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    object_text = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict, help_text="Before and after; secrets and personal fields as 'changed'.")
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        verbose_name_plural = "trail entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_text}: {self.action} {self.object_text}"
