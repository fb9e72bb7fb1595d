"""The app that owns what all services share: commands, checks, pages."""

from django.apps import AppConfig


class ProcessConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        from django.conf import settings

        from chassis import traces
        from config import checks  # noqa: F401  importing registers them

        if settings.TRACES_OF:
            traces.record(settings.TRACES_OF)
