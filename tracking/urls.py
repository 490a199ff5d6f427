"""The routes of what happens afterwards."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
