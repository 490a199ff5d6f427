from django.apps import AppConfig


class ShipmentsConfig(AppConfig):
    name = "shipments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from shipments.attention.kinds import register
        from shipments.attention.of_shipments import KINDS

        register(*KINDS)
