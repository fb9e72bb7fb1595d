"""`manage.py check_invariants`: whether everything that must hold does, over all services, and what does not."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from chassis.logs import silenced
from config.inspections import Finding, Inspection
from config.invariants import NAMES

GRACE_SECONDS = 900
VIOLATED, UNANSWERED = 1, 2


class Command(BaseCommand):
    help = (
        "Check the invariants of orders, payments, stock and announcements over all services of the topology. "
        "Exit with 1 if any is violated, each named, and with 2 if a service could not be asked."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=_moment, help="only orders placed and facts announced since (RFC 3339)")
        parser.add_argument(
            "--grace",
            type=float,
            default=GRACE_SECONDS,
            metavar="SECONDS",
            help="what has changed within them may still be under way (default: %(default)s)",
        )
        parser.add_argument("--provider", action="store_true", help="ask providers about each payment as well")
        parser.add_argument("--json", action="store_true", help="all of it, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        settled_before = timezone.now() - timedelta(seconds=options["grace"])
        inspection = Inspection(settled_before, options["since"], asks_providers=options["provider"])
        with silenced("tearline.requests"):
            inspection.run()
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(inspection), indent=2))
        else:
            self._tell(inspection)
        if inspection.unanswered:
            raise CommandError(f"not asked: {', '.join(sorted(inspection.unanswered))}", returncode=UNANSWERED)
        if inspection.findings:
            raise CommandError(f"violations: {len(inspection.findings)}", returncode=VIOLATED)

    def _tell(self, inspection: Inspection) -> None:
        for finding in inspection.findings:
            self.stdout.write(self.style.ERROR(_sentence(finding)))
        for service, reason in sorted(inspection.unanswered.items()):
            self.stdout.write(self.style.ERROR(f"{service} could not be asked: {reason}"))
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in inspection.checked.items())
        self.stdout.write(f"Looked at {counts}; violations: {len(inspection.findings)}")


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError
    return moment


def _sentence(finding: Finding) -> str:
    found = finding.violation
    return f"{found.invariant} ({NAMES[found.invariant]}), {finding.service}: {found.subject}: {found.detail}"


def _as_json(inspection: Inspection) -> dict[str, Any]:
    violations = [
        {**asdict(found.violation), "name": NAMES[found.violation.invariant], "service": found.service}
        for found in inspection.findings
    ]
    return {"checked": inspection.checked, "violations": violations, "unanswered": inspection.unanswered}
