"""What was measured, as Markdown: on the terminal, and in results/."""

import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks.rounds import Cost, Measured

FOLDER = Path(__file__).parent / "results"
PACKAGES = (
    *("django", "djangorestframework", "django-ninja", "fastapi", "sqlalchemy", "pydantic", "gunicorn", "uvicorn"),
    *("requests", "httpx", "grpcio"),
)
HEAD = "| | CPU ms per request | lowest | highest | CPU of the database | times {baseline} | target | |"
RULE = "|---|---:|---:|---:|---:|---:|---|---|"


@dataclass(frozen=True)
class Target:
    """What a contender should cost, in times of the baseline: at least, at most."""

    words: str
    least: float = 0.0
    most: float = float("inf")

    def verdict(self, ratio: float) -> str:
        return "met" if self.least <= ratio <= self.most else "**missed**"


def server_alone(cost: Cost) -> float:
    """What counts where the database does the same for everybody."""
    return cost.server


def with_database(cost: Cost) -> float:
    """What counts where contenders differ in what they ask of the database."""
    return cost.whole


def table(
    title: str, measured: list[Measured], targets: dict[str, Target], part: Callable[[Cost], float] = server_alone
) -> str:
    """One race; the first contender is what the others are compared with."""
    baseline = measured[0]
    rows = [_row(one, baseline, targets.get(one.name), part) for one in measured]
    return "\n".join([f"### {title}", "", HEAD.format(baseline=baseline.name), RULE, *rows, ""])


def write(name: str, title: str, parts: Iterable[str], *, rounds: int) -> Path:
    """Keep the report, and say it."""
    text = "\n".join([f"# {title}", "", _circumstances(rounds), "", *parts])
    file = FOLDER / f"{name}.md"
    FOLDER.mkdir(exist_ok=True)
    file.write_text(text)
    print(text)
    return file


def _row(one: Measured, baseline: Measured, target: Target | None, part: Callable[[Cost], float]) -> str:
    costs, ratio = [part(cost) for cost in one.costs], median(one.times(baseline, part))
    numbers = [median(costs), min(costs), max(costs), median(cost.database for cost in one.costs), ratio]
    verdict = [target.words, target.verdict(ratio)] if target else ["", ""]
    return f"| {' | '.join([one.name, *(f'{number:.2f}' for number in numbers), *verdict])} |"


def _circumstances(rounds: int) -> str:
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    faster = [name for name in ("httptools", "uvloop") if find_spec(name)]
    versions += f" with {' and '.join(faster)}" if faster else " without httptools and uvloop"
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {platform.python_implementation()} {platform.python_version()}, "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the end; {versions}. "
        f"Medians of {rounds} rounds; what is told in times of another is the median of each round's own ratio."
    )
