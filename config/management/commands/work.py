"""`manage.py work`: the worker as a process of its own. Any number may run."""

import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.workers import Worker
from config.databases import left_behind
from config.probes import answer_probes


class Command(BaseCommand):
    help = "Relay announcements, react to them, and finish what was left unfinished, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        if reason := left_behind():
            raise CommandError(reason)
        worker = Worker()
        if options["once"]:
            worker.drain()
            return
        # The round in hand may take long, so it runs beside: a signal waits for it a while, then gives the leases back.
        thread = threading.Thread(target=worker.run, name="worker", daemon=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        self.stdout.write(f"{worker.name} works for {', '.join(worker.services)}")
        thread.start()
        answer_probes(worker)
        try:
            thread.join()
        finally:
            worker.stop()
