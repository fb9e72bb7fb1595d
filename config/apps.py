"""The app that owns what all services share: commands, checks, pages."""

from django.apps import AppConfig


class ProcessConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  importing registers them
