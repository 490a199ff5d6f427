"""The routes of what happens afterwards."""

from django.urls import include, path

from tracking import views

urlpatterns = [
    path("", include("tracking.webhooks.urls")),
    path("waybills/<uuid:pk>/refresh/", views.waybill_refresh, name="waybill-refresh"),
]
