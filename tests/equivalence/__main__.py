"""python -m tests.equivalence: ask every topology the same, compare the answers, prove that a difference is seen."""

import argparse
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from deploy.processes import PYTHON
from tests.equivalence.differences import differences, steps_that_differ
from tests.equivalence.planted import FAULTS
from tests.equivalence.recording import Recording, steps_of
from tests.equivalence.replays import replay
from tests.equivalence.themes import THEMES, Theme
from tests.equivalence.themes.money import paying
from tests.equivalence.themes.probing import probes
from tests.topologies.running import Commands
from tests.topologies.shapes import NINE, ONE_PROCESS, QUICK, Shape
from tests.topologies.stores import KINDS

Chosen = TypeVar("Chosen")

# A planted fault is looked for with these alone, so that a dozen of them take a minute and not five.
THEMES_FOR_PLANTS: tuple[Theme, ...] = (paying, probes)


def main(words: list[str] | None = None) -> int:
    """0 when all topologies agree and every planted fault was seen."""
    wishes = parser().parse_args(words)
    if wishes.plant:
        return min(1, plant(chosen(wishes.only, {name: name for name in FAULTS})))
    themes = chosen(wishes.only, {steps_of(theme): theme for theme in THEMES})
    databases = KINDS if wishes.database == "both" else (wishes.database,)
    shapes = QUICK if wishes.topologies == "quick" else NINE
    comparison = compare([(shape, database) for database in databases for shape in shapes], themes)
    print(comparison, flush=True)
    is_whole = wishes.topologies == "all" and not wishes.only and wishes.database == "both"
    unseen = plant(FAULTS) if is_whole else 0
    return 1 if comparison.differences or unseen else 0


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m tests.equivalence", description=__doc__)
    arguments.add_argument("--topologies", choices=("quick", "all"), default="all", help="three of them, or all nine")
    arguments.add_argument("--database", choices=("both", *KINDS), default="both", help="where the rows are kept")
    arguments.add_argument("--plant", action="store_true", help="only see whether planted faults are caught")
    arguments.add_argument("--only", default="", help=f"some of: {', '.join(map(steps_of, THEMES))}; or some faults")
    return arguments


def chosen(only: str, known: Mapping[str, Chosen]) -> list[Chosen]:
    """What is named in `only`, all there is where nothing is. Ends the process if a name is not known."""
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"there is no {', '.join(unknown)}; there is {', '.join(known)}")
    return [known[name] for name in names or known]


@dataclass(frozen=True)
class Comparison:
    """What came of asking all of them."""

    requests: int
    topologies: int
    differences: int

    def __str__(self) -> str:
        return f"{self.requests} requests x {self.topologies} topologies, {_counted(self.differences)}"


def compare(runs: Sequence[tuple[Shape, str]], themes: Sequence[Theme] = THEMES) -> Comparison:
    """Ask each topology on its database, compare each with the first, and print what differs."""
    first, found = None, 0
    for shape, database in runs:
        recording = replay(shape, themes, database=database)
        first = first or recording
        lines = differences(first, recording) + ([recording.stopped] if recording.stopped else [])
        took = f"{recording.requests} requests in {recording.seconds:.1f} s"
        print(f"{shape.name}, on {database}: {took}, {_counted(len(lines))}", flush=True)
        print("".join(f"  {line}\n" for line in lines), end="")
        found += len(lines)
    return Comparison(first.requests if first else 0, len(runs), found)


def plant(names: Iterable[str]) -> int:
    """Plant one fault after the other, print what caught it; returns how many went unseen."""
    started, unseen = time.monotonic(), 0
    themes = ", ".join(map(steps_of, THEMES_FOR_PLANTS))
    print(f"planted faults, in {ONE_PROCESS.name}, looked for by the themes {themes}:", flush=True)
    clean = replay(ONE_PROCESS, THEMES_FOR_PLANTS)
    for name in names:
        caught_by = steps_that_differ(clean, _replay_planted(name))
        unseen += not caught_by
        print(f"  {name:48} | {_shortened(caught_by) or 'NOBODY'}", flush=True)
    print(f"{unseen} planted faults unseen, in {time.monotonic() - started:.0f} s")
    return unseen + bool(clean.stopped)


def _replay_planted(name: str) -> Recording:
    def serve(port: int) -> Commands:
        command = ["runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks"]
        return [[PYTHON, "-m", "tests.equivalence.planted", name, *command]]

    return replay(ONE_PROCESS, THEMES_FOR_PLANTS, serve=serve)


def _shortened(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return "; ".join(names[:3]) + more


def _counted(number: int) -> str:
    return f"{number} difference{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
