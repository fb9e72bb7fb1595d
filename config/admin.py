"""Django's admin as this process installs it, where users is hosted."""

from typing import Any

from django.apps import apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.checks import CheckMessage, Tags, register


class AdminConfig(SimpleAdminConfig):
    """Without its log: every act is in the audit trail of users, so there is no second one, and no table for it."""

    def import_models(self) -> None:
        self.models = apps.all_models[self.label]

    def ready(self) -> None:
        """Django's check of middleware is left out: the door of the admin does that work, for the admin alone."""
        register(check_tables, Tags.admin)


def check_tables(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Django's own check of what the tables of the admin name."""
    from apps.users.admin import site

    return site.check(app_configs)
