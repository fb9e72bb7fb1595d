"""`manage.py work`: the worker as a process of its own. Any number may run."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chassis.workers import Worker


class Command(BaseCommand):
    help = "Relay announcements, react to them, and finish what was left unfinished, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker()
        if options["once"]:
            worker.drain()
            return
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: worker.end())
        self.stdout.write(f"{worker.name} works for {', '.join(worker.services)}")
        worker.run()
