"""`manage.py openapi`: writes the OpenAPI documents to docs/api, where reviews see them change."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.documents import INTERNAL, is_described, openapi
from chassis.topology import topology
from config.environment import BASE
from config.routes import VERSIONS


class Command(BaseCommand):
    help = "Write docs/api/<service>-<version>.json; with --check only say whether they are as the code has them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        for service in topology().hosted:
            for version in (*VERSIONS[service], INTERNAL):
                if is_described(service, version):
                    self._write(service, version, only_check=options["check"])

    def _write(self, service: str, version: str, *, only_check: bool) -> None:
        file = BASE / "docs" / "api" / f"{service}-{version}.json"
        text = json.dumps(openapi(service, version), indent=2) + "\n"
        if not only_check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            raise CommandError(
                f"{file.relative_to(BASE)} is not what the code says: run 'make openapi' and look at the difference"
            )
