"""Each app's tables are in the database of its own name; nothing spans two of them."""

from typing import Any

from django.conf import settings

USERS_TOO = {"auth", "contenttypes", "oauth2_provider"}


class ServiceRouter:
    """Sends every model to its service's database; accounts and OAuth belong to users, nothing to `default`."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return _home(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **_: Any) -> bool:
        return _home(one._meta.app_label) == _home(other._meta.app_label)

    def allow_migrate(self, database: str, app_label: str, **_: Any) -> bool:
        return _home(app_label) == database


def apps_in(service: str) -> list[str]:
    """The labels of the apps whose tables are in the service's database."""
    return [*sorted(USERS_TOO), service] if service == "users" else [service]


def _home(app_label: str) -> str | None:
    service = "users" if app_label in USERS_TOO else app_label
    return service if settings.TOPOLOGY.hosts(service) else None
