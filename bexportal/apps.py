from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "bexportal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bexportal import (
            checks,  # noqa: F401 - registers them
            reporting,
        )

        reporting.begin()
