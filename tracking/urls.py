"""The routes of what happens afterwards."""

from django.urls import path

from tracking import views

urlpatterns = [
    path("waybills/<uuid:pk>/refresh/", views.waybill_refresh, name="waybill-refresh"),
    path("waybills/<uuid:pk>/journey/", views.waybill_journey, name="waybill-journey"),
]
