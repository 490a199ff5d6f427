"""The routes of what happens afterwards."""

from django.urls import include, path

from tracking import proving, views

urlpatterns = [
    path("", include("tracking.webhooks.urls")),
    path("waybills/<uuid:pk>/proof/", proving.proof, name="waybill-proof"),
    path("waybills/<uuid:pk>/proof.pdf", proving.proof_as_pdf, name="waybill-proof-pdf"),
    path("waybills/<uuid:pk>/refresh/", views.waybill_refresh, name="waybill-refresh"),
]
