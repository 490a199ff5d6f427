"""What the installation knows about itself."""

from django.db import models


class Heartbeat(models.Model):
    """When a periodic part of the installation was last seen alive: `beat`, `sweep`, `worker …`."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M:%S}"


class Tally(models.Model):
    """So many more of something: a row of the transaction in which it happened. See `bexportal.tallies`."""

    name = models.CharField(max_length=40)
    label = models.CharField(max_length=40, blank=True)
    amount = models.BigIntegerField()
    at = models.DateTimeField(help_text="When it happened last.")
