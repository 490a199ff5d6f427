"""The receivers' address: no slash at its end, so that nothing is ever redirected."""

from django.urls import path

from tracking.webhooks.receiving import receive

urlpatterns = [path("hooks/<str:token>", receive, name="webhook-receiver")]
