"""`manage.py faults`: what is planned to go wrong, in words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.fault_plans import Fault, Plan, WrongPlan, read_plan


class Command(BaseCommand):
    help = "Say what the faults file plans; exit with 1 if it is wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default=settings.FAULTS_FILE, help="another one than FAULTS_FILE names")
        parser.add_argument("--check", action="store_true", help="only say what is wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = read_plan(Path(options["file"])) if options["file"] else Plan()
        except WrongPlan as wrong:
            raise CommandError(str(wrong)) from wrong
        if not options["check"]:
            self.stdout.write("\n".join(_told(plan)) or "Nothing is planned to go wrong.")


def _told(plan: Plan) -> Iterator[str]:
    """One line for each thing that is planned."""
    yield from (f"{service} is down: nothing reaches it" for service in plan.down)
    yield from (f"views under {prefix} crash" for prefix in plan.crash)
    yield from (f"{_calls(fault)}: {_kind(fault)}{_often(fault, plan.seed)}" for fault in plan.faults)


def _calls(fault: Fault) -> str:
    asked = " ".join(filter(None, (fault.method, fault.route))) or "whatever is asked"
    return f"{fault.caller or 'anybody'} → {fault.neighbour}, {asked}"


def _kind(fault: Fault) -> str:
    return f"delay of {fault.seconds} s" if fault.kind == "delay" else fault.kind.replace("_", " ")


def _often(fault: Fault, seed: int) -> str:
    share = "" if fault.share == 1 else f", {fault.share:.0%} of the tries by seed {seed}"
    times = {None: "", 1: ", once at most"}.get(fault.times, f", {fault.times} times at most")
    return share + times
