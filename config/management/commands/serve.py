"""`manage.py serve`: the whole product with demo data, for a first look."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.topology import SERVICES, topology
from config.environment import BASE

DAY = BASE / "demo" / "online_retail_2010-12-01.csv"


class Command(BaseCommand):
    help = "Migrate, make the demo accounts, load the demo day in the background (DEMO=0 skips it), and serve."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("port", nargs="?", default="8000")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG or topology().hosted != SERVICES:
            raise CommandError("serve is the first look: it needs DEBUG=true and all three services in this process")
        call_command("migrate", verbosity=0)
        call_command("demo_accounts")
        if os.environ.get("DEMO", "1") != "0":
            self._load_day()
        os.execv(sys.executable, [sys.executable, str(BASE / "manage.py"), "runserver", options["port"]])  # noqa: S606

    def _load_day(self) -> None:
        """The loader trades over HTTP like any client, and goes on where an earlier one was interrupted."""
        log = settings.VAR_DIR / "demo.log"
        self.stdout.write(f"a day of trading is being loaded; its report goes to {log}")
        loader = [sys.executable, "-m", "demo", str(DAY), "--url", topology().public_url, "--quiet", "--patience", "60"]
        subprocess.Popen(loader, cwd=BASE, stdout=log.open("w"), stderr=subprocess.STDOUT)
