"""`migrate` for every hosted service: each has its own database, with its own apps; there is no default one."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate

from chassis.topology import topology
from config.databases import left_behind
from config.routers import apps_in


class Command(migrate.Command):
    """Django's command; without `--database`, once for each service that this process hosts.

    Django would go through the changes of every app in every database: three quarters of its time, for nothing.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: Any) -> Any:
        return {**super().get_check_kwargs(options), "databases": _chosen(options["database"])}

    def handle(self, *args: Any, **options: Any) -> None:
        if reason := left_behind():
            raise CommandError(reason)
        given, app_label = options.pop("database"), options.pop("app_label")
        options["run_syncdb"] = False  # test runners ask for it; every app that has tables has migrations
        for database in _chosen(given):
            for label in [app_label] if app_label else apps_in(database):
                super().handle(*args, database=database, app_label=label, **options)


def _chosen(database: str | None) -> list[str]:
    return [database] if database else list(topology().hosted)
