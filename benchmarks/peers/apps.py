"""Tearline's orders as a plain app: its models, without anything that Tearline starts with them."""

from django.apps import AppConfig


class Orders(AppConfig):
    name = "apps.orders"
    label = "orders"
