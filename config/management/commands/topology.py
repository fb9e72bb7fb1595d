"""`manage.py topology`: where every service is, how it is, and who calls whom, in a terminal."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chassis.logs import silenced
from chassis.topology import SERVICES
from config.maps import ServiceMap, visiting_cartographer
from config.surveys import Finding, Health, Survey, lookout
from config.tables import (
    Row,
    Table,
    sentence_of_cost,
    sentences_of_split,
    table_of_places,
    table_of_split,
    tables_of_calls,
)

STATE, ALARM = "STATE", "TO LOOK AT"
HEADINGS = ("SERVICE", "WHERE", "TRANSPORT", STATE, "MS", "DATABASE", "WAITING")
NUMBERS = frozenset({"MS", "WAITING"})
ALL = "all"


class Command(BaseCommand):
    help = (
        "Show where each service runs, whether it is well, and which calls running servers have seen; "
        "exit with 1 if a service is not well, or a call was seen that is not declared."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="all of it, for programs")
        parser.add_argument(
            "--split",
            nargs="?",
            const=ALL,
            choices=[*SERVICES, ALL],
            metavar="SERVICE",
            help="what a split of this service, or of each, would cost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # What was asked in order to draw this is told by the drawing.
        with silenced("tearline.calls"):
            survey, service_map = lookout.look(), visiting_cartographer.look()
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(survey, service_map), indent=2))
        elif options["split"]:
            self._draw_splits(service_map, SERVICES if options["split"] == ALL else (options["split"],))
        else:
            self._draw_survey(survey)
            self._draw_map(service_map)
        complaints = _complaints(survey, service_map)
        if complaints:
            raise CommandError("; ".join(complaints))

    def _draw_survey(self, survey: Survey) -> None:
        runtime = survey.runtime
        debug = ", DEBUG" if runtime.debug else ""
        self.stdout.write(f"{survey.public_url}  (Tearline {runtime.version}, Python {runtime.python}{debug})\n\n")
        self._draw_rows(HEADINGS, [_row(finding) for finding in survey.services], NUMBERS)
        self.stdout.write(f"\nValkey: {_valkey(survey.valkey)}")
        for finding in survey.services:
            if finding.health.reason:
                self.stdout.write(f"{finding.service}: {finding.health.reason}")

    def _draw_map(self, service_map: ServiceMap) -> None:
        for place in service_map.places:
            if place.reason:
                self.stdout.write(f"{place.service} does not tell what it saw: {place.reason}")
        if service_map.is_told:
            self._draw(table_of_places(service_map))
            for table in tables_of_calls(service_map):
                self._draw(table)

    def _draw_splits(self, service_map: ServiceMap, services: Iterable[str]) -> None:
        self.stdout.write(sentence_of_cost(service_map))
        for split in service_map.splits:
            if split.service in services:
                self.stdout.write(f"\n{self.style.MIGRATE_HEADING(split.service)}")
                for sentence in sentences_of_split(split):
                    self.stdout.write(f"  {sentence}")
                if split.routes:
                    self._draw(table_of_split(split))

    def _draw(self, table: Table) -> None:
        self.stdout.write(f"\n{self.style.MIGRATE_HEADING(table.name)}")
        columns = tuple(column.upper() for column in table.columns)
        self._draw_rows(columns, table.rows, frozenset(number.upper() for number in table.numbers))

    def _draw_rows(self, columns: tuple[str, ...], rows: Iterable[Row], numbers: frozenset[str]) -> None:
        lines = [columns, *(row.cells for row in rows)]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = [
                self._coloured(cell.rjust(width) if column in numbers else cell.ljust(width), column)
                for cell, width, column in zip(line, widths, columns, strict=True)
            ]
            self.stdout.write("  ".join(cells).rstrip())

    def _coloured(self, cell: str, column: str) -> str:
        """Colour says nothing that the words do not."""
        word = cell.strip()
        if column == STATE and word in {"well", "not well"}:
            return self.style.SUCCESS(cell) if word == "well" else self.style.ERROR(cell)
        is_alarm = column == ALARM and word.startswith(("not declared", "failing", "chatty"))
        return self.style.ERROR(word) if is_alarm else cell


def _as_json(survey: Survey, service_map: ServiceMap) -> dict[str, Any]:
    undeclared = [call.name for call in service_map.undeclared]
    told = {"map": asdict(service_map), "undeclared": undeclared, "alarms": service_map.alarms}
    return {**asdict(survey), "unwell": survey.unwell, **told}


def _complaints(survey: Survey, service_map: ServiceMap) -> list[str]:
    undeclared = [call.name for call in service_map.undeclared]
    told = {"not well": survey.unwell, "not declared": undeclared}
    return [f"{what}: {', '.join(names)}" for what, names in told.items() if names]


def _row(finding: Finding) -> Row:
    health = finding.health
    cells = (
        finding.service,
        "here" if finding.is_here else finding.url,
        finding.transport.replace("_", " "),
        "well" if health.is_well else "not well",
        str(health.milliseconds),
        finding.database or "-",
        "-" if health.waiting is None else str(health.waiting),
    )
    return Row(cells, (finding.service,))


def _valkey(health: Health | None) -> str:
    if health is None:
        return "none"
    return f"well, {health.milliseconds} ms" if health.is_well else f"not well: {health.reason}"
