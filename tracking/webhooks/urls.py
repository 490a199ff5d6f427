"""The receivers' address, without a slash at its end, so that nothing is ever redirected; and the admins' pages."""

from django.urls import path

from tracking.webhooks import pages
from tracking.webhooks.receiving import receive

urlpatterns = [
    path("hooks/<str:token>", receive, name="webhook-receiver"),
    path("webhooks/", pages.webhooks, name="webhooks"),
    path("webhooks/new/", pages.webhook_new, name="webhook-new"),
    path("webhooks/<uuid:pk>/", pages.webhook, name="webhook"),
    path("webhooks/<uuid:pk>/try/", pages.webhook_try, name="webhook-try"),
    path("webhooks/<uuid:pk>/<slug:verb>/", pages.webhook_step, name="webhook-step"),
    path("webhooks/deliveries/<uuid:pk>/", pages.webhook_delivery, name="webhook-delivery"),
    path("webhooks/deliveries/<uuid:pk>/again/", pages.webhook_delivery_again, name="webhook-delivery-again"),
    path("webhooks/notifications/", pages.webhook_notifications, name="webhook-notifications"),
    path(
        "webhooks/notifications/<uuid:pk>/again/", pages.webhook_notification_again, name="webhook-notification-again"
    ),
    path(
        "webhooks/notifications/<uuid:pk>/attach/",
        pages.webhook_notification_attach,
        name="webhook-notification-attach",
    ),
]
