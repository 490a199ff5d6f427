from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TrackingConfig(AppConfig):
    name = "tracking"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from shipments.attention.kinds import register
        from tracking.attention import KINDS

        register(*KINDS)
        post_migrate.connect(_fill_tables, sender=self)


def _fill_tables(using: str, **kwargs: Any) -> None:
    """What admins read and change begins with what the documentation and experience say; what they changed stays."""
    from django.db import connections

    from tracking import schedule, vocabulary
    from tracking.models import LookRule, Wording

    tables = connections[using].introspection.table_names()
    if {LookRule._meta.db_table, Wording._meta.db_table} <= set(tables):  # not while migrating backwards
        schedule.fill_table()
        vocabulary.fill_table()
