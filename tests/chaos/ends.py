"""Who is killed, where and when: at every point that was ever passed, one after the other, then at any."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from deploy.processes import Child, wait_until

# So many points lie in wait at the same time; what is rarely passed must not hold up the others.
IN_WAIT = 6
PATIENCE_SECONDS = 6.0
# How often a point is waited for in vain before it is given up.
HOPE = 2
FROM_OUTSIDE = "from outside"


@dataclass(frozen=True)
class Trap:
    """A point at which somebody is to die, at which passing, and until when it is worth waiting for."""

    point: str
    number: int
    until: float


class Ends:
    """The folder beside the faults file of a shop (chassis/kills.py), as whoever plans the ends sees it."""

    def __init__(self, folder: Path, random: Random, struck: Counter[str], words: str = "") -> None:
        self._folder, self._random, self._words = folder, random, words
        self.struck, self._before = Counter[str](), struck
        self.pids: list[int] = []
        self._traps: dict[str, Trap] = {}
        self._in_vain: Counter[str] = Counter()
        self._made = 0
        for name in ("armed", "struck"):
            (folder / name).mkdir(parents=True)

    @property
    def points(self) -> list[str]:
        """Every point that was passed by now."""
        passed = self._folder / "passed"
        return sorted(set(passed.read_text().splitlines())) if passed.exists() else []

    @property
    def kills(self) -> int:
        return self.struck.total()

    @property
    def is_through(self) -> bool:
        """Whether somebody has died at every point, here or before, or it was waited for in vain."""
        died = self.struck + self._before
        return all(died[point] or self._in_vain[point] >= HOPE for point in self.points if self._words in point)

    def go_on(self) -> None:
        """See who has died, and lie in wait for the next."""
        now = time.monotonic()
        self._count()
        for name, trap in list(self._traps.items()):
            if now > trap.until:
                self._withdraw(name)
        while len(self._traps) < IN_WAIT and (point := self._next()):
            self._arm(point, now)

    def kill_any(self, children: list[Child]) -> None:
        """Kill one of the processes of these groups at this very instant: one that works, none that only starts such.

        gunicorn's own process does nothing else, and whoever is left without it would keep its port for half a minute.
        """
        leaders, processes = {child.pid for child in children}, _processes()
        parents = {process.parent for process in processes}
        working = {process.pid for process in processes if process.group in leaders} - parents
        if victims := sorted(working - leaders):
            self.pids.append(self._random.choice(victims))
            os.kill(self.pids[-1], signal.SIGKILL)
            self.struck[FROM_OUTSIDE] += 1

    def end(self) -> None:
        """Nobody else dies; whoever has died is gone."""
        for name in list(self._traps):
            self._withdraw(name)
        self._count()
        self._folder = self._folder.rename(self._folder.with_suffix(".over"))
        wait_until(lambda: not _alive() & set(self.pids), what="those who were killed to be gone")

    def _next(self) -> str | None:
        """A point at which fewest have died, in the seed's order. Whoever died before a point never came to it.

        So nobody dies at another one while such a point is in wait, unless it was waited for in vain.
        """
        died, waiting = self.struck + self._before, {trap.point for trap in self._traps.values()}
        points = [point for point in self.points if self._words in point]
        hopeful = [point for point in points if self._in_vain[point] < HOPE] or points
        fewest = min((died[point] for point in hopeful), default=0)
        free = [point for point in hopeful if died[point] == fewest and point not in waiting]
        return self._random.choice(free) if free else None

    def _arm(self, point: str, now: float) -> None:
        self._made += 1
        name = str(self._made)
        # What is passed once in a blue moon is not waited for twice.
        number = 1 if self._in_vain[point] else self._random.choice((1, 1, 1, 2, 3))
        draft = self._folder / "draft"
        draft.write_text(f"{number} {point}")
        draft.rename(self._folder / "armed" / name)
        self._traps[name] = Trap(point, number, now + PATIENCE_SECONDS)

    def _withdraw(self, name: str) -> None:
        try:
            (self._folder / "armed" / name).unlink()
        except FileNotFoundError:  # somebody has just died of it
            return
        self._in_vain[self._traps.pop(name).point] += 1

    def _count(self) -> None:
        for name, pid in self._dead():
            if name in self._traps:
                self.struck[self._traps.pop(name).point] += 1
                self.pids.append(pid)

    def _dead(self) -> Iterator[tuple[str, int]]:
        for file in (self._folder / "struck").iterdir():
            name, _, pid = file.name.partition(".")
            yield name, int(pid)


@dataclass(frozen=True)
class Process:
    """One process of this machine, as `ps` shows it."""

    pid: int
    parent: int
    group: int
    state: str


def _processes() -> list[Process]:
    columns = ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="]
    listed = subprocess.run(columns, capture_output=True, text=True, check=True).stdout
    return [Process(*map(int, words[:3]), words[3]) for words in map(str.split, listed.splitlines())]


def _alive() -> set[int]:
    """Who runs; whoever only waits to be reaped does not."""
    return {process.pid for process in _processes() if not process.state.startswith("Z")}
