"""Django's PostgreSQL, whose pools belong to a place and not to a name: a service may move from one to another."""

from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections made with the same settings share a pool, whichever thread they are in, and no others do.

    The name counts by itself, because Django's test runner changes it in the settings that it finds.
    """

    @property
    def _connection_pools(self) -> dict[str, Any]:
        places: dict[str, dict[str, Any]] = self.settings_dict.setdefault("POOLS", {})
        return places.setdefault(self.settings_dict["NAME"], {})
