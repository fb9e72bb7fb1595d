"""Whether a service can do its work: its tables are there, can be read, and are those that its code expects."""

from functools import lru_cache

from django.apps import apps
from django.db import connections, router
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from chassis.pauses import keep_up
from chassis.problems import DependencyUnavailable

_migrated: set[str] = set()


def require_ready(service: str) -> None:
    """Raises DependencyUnavailable (503) where migrations are missing, and whatever the database fails with."""
    keep_up(service)
    if service not in _migrated:
        _require_migrations(service)
        _migrated.add(service)
    apps.get_model(service, "OutboxEvent").objects.using(service).exists()


def _require_migrations(service: str) -> None:
    """Asked until they are there. A database that has more of them is that of a newer process, which is no harm."""
    applied = MigrationRecorder(connections[service]).applied_migrations()
    missing = [name for app, name in _expected(service) if (app, name) not in applied]
    if missing:
        raise DependencyUnavailable(f"The database of {service} lacks migrations: {', '.join(missing)}")


@lru_cache
def _expected(service: str) -> list[tuple[str, str]]:
    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return sorted(key for key in on_disk if router.allow_migrate(service, key[0]))
