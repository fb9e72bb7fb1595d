"""`migrate` for every hosted service: each has a database of its own, and there is no default one."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate

from chassis.topology import topology
from config.databases import left_behind


class Command(migrate.Command):
    """Django's command; without `--database`, once for each service that this process hosts."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: Any) -> Any:
        return {**super().get_check_kwargs(options), "databases": _chosen(options["database"])}

    def handle(self, *args: Any, **options: Any) -> None:
        if reason := left_behind():
            raise CommandError(reason)
        given = options.pop("database")
        for database in _chosen(given):
            super().handle(*args, database=database, **options)


def _chosen(database: str | None) -> list[str]:
    return [database] if database else list(topology().hosted)
