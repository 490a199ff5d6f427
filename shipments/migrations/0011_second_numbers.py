from typing import Any

from django.db import migrations, models


def call_for_second_numbers(apps: Any, schema_editor: Any) -> None:
    """What was an alarm for some days is one until somebody settles it."""
    Waybill, Submission = apps.get_model("shipments", "Waybill"), apps.get_model("shipments", "Submission")
    told = Submission.objects.filter(outcome="booked").exclude(waybill_number="")
    for waybill_id, number in told.exclude(waybill_number=models.F("waybill__waybill_number")).values_list(
        "waybill_id", "waybill_number"
    ):
        others = Waybill.objects.filter(waybill_number__iexact=number).exclude(pk=waybill_id)
        Waybill.objects.filter(pk=waybill_id).update(booked_twice=True)
        others.update(booked_twice=True)


class Migration(migrations.Migration):

    dependencies = [
        ('shipments', '0010_evidence_and_history'),
    ]

    operations = [
        migrations.RunPython(call_for_second_numbers, migrations.RunPython.noop),
    ]
