"""`manage.py topology`: where every service is and how it is, in a terminal."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.surveys import Finding, Health, Survey, lookout

HEADINGS = ("SERVICE", "WHERE", "TRANSPORT", "STATE", "MS", "DATABASE", "WAITING")
STATE = HEADINGS.index("STATE")
NUMBERS = {HEADINGS.index("MS"), HEADINGS.index("WAITING")}


class Command(BaseCommand):
    help = "Show where each service runs and whether it is well, as this process sees it; exit with 1 if one is not."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="the same for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        survey = lookout.survey()
        if options["json"]:
            self.stdout.write(json.dumps({**asdict(survey), "unwell": survey.unwell}, indent=2))
        else:
            self._draw(survey)
        if survey.unwell:
            raise CommandError(f"not well: {', '.join(survey.unwell)}")

    def _draw(self, survey: Survey) -> None:
        runtime = survey.runtime
        debug = ", DEBUG" if runtime.debug else ""
        self.stdout.write(f"{survey.public_url}  (Tearline {runtime.version}, Python {runtime.python}{debug})\n\n")
        self._draw_table([HEADINGS, *(_row(finding) for finding in survey.services)])
        self.stdout.write(f"\nValkey: {_valkey(survey.valkey)}")
        for finding in survey.services:
            if finding.health.reason:
                self.stdout.write(f"{finding.service}: {finding.health.reason}")

    def _draw_table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [_padded(cell, width, place) for place, (cell, width) in enumerate(zip(row, widths, strict=True))]
            self.stdout.write("  ".join(self._coloured(cell, place) for place, cell in enumerate(cells)).rstrip())

    def _coloured(self, cell: str, place: int) -> str:
        """Colour says nothing that the words do not."""
        styles = {"well": self.style.SUCCESS, "not well": self.style.ERROR}
        return styles[cell.strip()](cell) if place == STATE and cell.strip() in styles else cell


def _row(finding: Finding) -> tuple[str, ...]:
    health = finding.health
    return (
        finding.service,
        "here" if finding.is_here else finding.url,
        finding.transport.replace("_", " "),
        "well" if health.is_well else "not well",
        str(health.milliseconds),
        finding.database or "-",
        "-" if health.waiting is None else str(health.waiting),
    )


def _padded(cell: str, width: int, place: int) -> str:
    return cell.rjust(width) if place in NUMBERS else cell.ljust(width)


def _valkey(health: Health | None) -> str:
    if health is None:
        return "none"
    return f"well, {health.milliseconds} ms" if health.is_well else f"not well: {health.reason}"
