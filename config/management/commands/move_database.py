"""`manage.py move_database orders --to postgresql://…`: moves a service's rows while it serves."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.topology import SERVICES, topology
from config.moves import CannotMove, Move, move_database


class Command(BaseCommand):
    help = (
        "Move a service to another database, from SQLite to PostgreSQL or back. For a few seconds its writes are "
        "answered with 503; running processes follow by themselves. Safe to interrupt, and to repeat."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("service")
        parser.add_argument("--to", required=True, metavar="URL", help="postgresql://…, or sqlite:///file")

    def handle(self, *args: Any, service: str, to: str, **options: Any) -> None:
        if service not in SERVICES:
            raise CommandError(f"{service} is no service: {', '.join(SERVICES)}")
        if not topology().hosts(service):
            raise CommandError(f"{service} is not hosted here (SERVICES): run this where its process runs")
        try:
            self._report(service, move_database(service, to))
        except CannotMove as reason:
            raise CommandError(f"{service} stays where it is. {reason}") from reason

    def _report(self, service: str, move: Move) -> None:
        if not move.copies:
            self.stdout.write(f"{service} is at {move.target} already: an earlier move got as far as that")
        for copy in move.copies:
            self.stdout.write(f"  {copy.table:<34}{copy.sent.rows:>9} rows  equal  {copy.found.checksum[:16]}")
        if move.copies:
            self.stdout.write(f"{service} has moved from {move.source} to {move.target}")
            self.stdout.write(f"writes were refused for {move.paused_seconds:.1f} s")
        self.stdout.write(
            self.style.WARNING(f"Set {service.upper()}_DATABASE_URL to the new address before the next start.")
        )
