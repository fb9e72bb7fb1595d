"""Measuring side by side: in each round every contender in turn, so that whatever slows the machine slows them all."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from benchmarks.clients import Client, Request, connected
from benchmarks.processes import cpu_seconds
from benchmarks.servers import Server

FEWEST, MOST = 3, 400


@dataclass(frozen=True)
class Wishes:
    """What was said on the command line."""

    rounds: int
    seconds: float
    databases: tuple[str, ...]


@dataclass(frozen=True)
class Contender:
    """Somebody who is asked the same as the others: `request` makes the nth request."""

    name: str
    server: Server
    request: Callable[[int], Request]
    numbers: Iterator[int] = field(default_factory=count)

    def ask(self, client: Client) -> bytes:
        """The answer to the next request."""
        return client.ask(self.request(next(self.numbers)))


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU that one request took: of the contender's server, and of the database's."""

    server: float
    database: float

    @property
    def whole(self) -> float:
        return self.server + self.database


@dataclass(frozen=True)
class Measured:
    """A contender's costs, round by round, of so many requests each."""

    name: str
    requests: int
    costs: list[Cost]

    def times(self, other: "Measured", part: Callable[[Cost], float]) -> list[float]:
        """How many times the cost of the other it took, round by round."""
        return [part(mine) / part(its) for mine, its in zip(self.costs, other.costs, strict=True)]


def race(contenders: list[Contender], wishes: Wishes, database_pid: int) -> list[Measured]:
    """Each contender's costs. The first turns are not counted: they show how many requests fit into the others."""
    counts = [_requests_in(wishes.seconds, contender) for contender in contenders]
    costs: list[list[Cost]] = [[] for _ in contenders]
    for index in turns(wishes.rounds, len(contenders)):
        costs[index].append(_turn(contenders[index], counts[index], database_pid))
    return [Measured(one.name, *rest) for one, *rest in zip(contenders, counts, costs, strict=True)]


def turns(rounds: int, contenders: int) -> Iterator[int]:
    """Whose turn it is: nobody always comes first, or always after the same one."""
    for number in range(rounds):
        for turn in range(contenders):
            yield (turn + number) % contenders if number % 2 else (number - turn) % contenders
        print(f"\r  round {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _turn(contender: Contender, requests: int, database_pid: int) -> Cost:
    pid = contender.server.child.pid
    with connected(contender.server) as client:
        contender.ask(client)
        before, database_before = cpu_seconds(pid), cpu_seconds(database_pid)
        for _ in range(requests):
            contender.ask(client)
        after, database_after = cpu_seconds(pid), cpu_seconds(database_pid)
    return Cost(1000 * (after - before) / requests, 1000 * (database_after - database_before) / requests)


def _requests_in(seconds: float, contender: Contender) -> int:
    """How many requests a turn has: as many as were answered in that time."""
    answered, end = 0, time.monotonic() + seconds
    with connected(contender.server) as client:
        contender.ask(client)
        while time.monotonic() < end or answered < FEWEST:
            contender.ask(client)
            answered += 1
    return min(MOST, answered)
