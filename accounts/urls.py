"""The routes of what people manage for themselves; admins' pages are elsewhere."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("api-keys/", views.keys, name="api-keys"),
    path("api-keys/<uuid:pk>/revoke/", views.revoke_key, name="api-key-revoke"),
]
