"""`manage.py permissions`: writes who may do what to docs/permissions, where reviews see it change."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.topology import topology
from config.environment import BASE


class Command(BaseCommand):
    help = "Write docs/permissions/<service>.md; with --check only say whether they are as the code has them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        from config.permissions import as_markdown, table  # only a process that hosts users knows its roles

        for service in topology().hosted:
            self._write(service, as_markdown(service, table(service)), only_check=options["check"])

    def _write(self, service: str, text: str, *, only_check: bool) -> None:
        file = BASE / "docs" / "permissions" / f"{service}.md"
        if not only_check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            raise CommandError(f"{file.relative_to(BASE)} is not what the code says: run 'manage.py permissions'")
