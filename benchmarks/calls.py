"""`make bench-calls`: orders reads a customer of users, in process and in the ways there are between processes."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TextIO

from benchmarks import benches
from benchmarks.benches import Shop, Wishes
from benchmarks.clients import WrongAnswer
from benchmarks.processes import cpu_seconds
from benchmarks.reports import Target
from benchmarks.rounds import turns
from benchmarks.servers import Server, as_tearline
from deploy.processes import BASE, PYTHON

SERVERS = ("Tearline", "gRPC")
BARE = "*.calls=0,*.failures=0,*.tries=1"
HEAD = "| | µs per call | lowest | highest | CPU µs | times the ORM | times in process | target | |"
RULE = "|---|---:|---:|---:|---:|---:|---:|---|---|"
ORM, IN_PROCESS = "the ORM, directly", "Tearline in process"
LOGGED, LOOPBACK = "Tearline in process, with its log lines", "Tearline over loopback, with its log lines"
# What a contender is compared with, and how.
TARGETS = {
    IN_PROCESS: (ORM, Target("at most 2 times the ORM", most=2)),
    LOOPBACK: (LOGGED, Target("at least 4 times in process, logged too", least=4)),
}


@dataclass
class Asker:
    """Somebody who asks in one way, in a process; `server` is who answers, unless the process does so itself."""

    name: str
    process: "subprocess.Popen[str]"
    way: str
    server: Server | None = None
    logs: bool = False
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def turn(self, seconds: float) -> str:
        """Ask for so long, and keep what the median of the calls took, in microseconds; returns whom it found first."""
        pid = self.server.child.pid if self.server else 0
        before = cpu_seconds(pid)
        told = _tell(self.process, {"way": self.way, "seconds": seconds, "logs": self.logs})
        cpu = told["cpu"] + cpu_seconds(pid) - before
        self.wall.append(1e6 * told["wall"])
        self.cpu.append(1e6 * cpu / told["calls"])
        return told["customer"]

    def times(self, other: "Asker") -> float:
        """How many times as long as with the other it took."""
        return median(mine / its for mine, its in zip(self.wall, other.wall, strict=True))


def main() -> None:
    """One call, on each database."""
    benches.run("calls", "Calls", lambda _: None, measure, SERVERS)


def measure(shop: Shop, wishes: Wishes) -> Iterator[str]:
    """One table. The first turns do not count: they show that all of them learn the same."""
    with ExitStack() as stack:
        askers = _askers(shop, stack)
        learnt = {asker.name: asker.turn(wishes.seconds) for asker in askers}
        if len(set(learnt.values())) > 1:
            raise WrongAnswer(str(learnt))
        for asker in askers:
            asker.wall.clear()
            asker.cpu.clear()
        for index in turns(wishes.rounds, len(askers)):
            askers[index].turn(wishes.seconds)
        yield _table(askers)


def _askers(shop: Shop, stack: ExitStack) -> list[Asker]:
    ours, theirs = shop.servers["Tearline"], shop.servers["gRPC"]
    here = as_tearline(shop.store, shop.folder, shop.keys, ours.url)
    subprocess.run([PYTHON, "-m", "benchmarks.asking", "make"], cwd=BASE, env=here, check=True)
    addresses = {"ASKED_SERVER": ours.url, "ASKED_GRPC": f"127.0.0.1:{theirs.port}"}
    elsewhere = {"SERVICES": "orders", "USERS_URL": ours.url, "PAYMENTS_URL": ours.url}
    log = stack.enter_context((shop.folder / "asking.log").open("a"))
    inside, bare, outside = (
        stack.enter_context(_asking({**here, **how}, log)) for how in ({}, {"CALLS": BARE}, {**elsewhere, **addresses})
    )
    return [
        Asker(ORM, inside, "by_orm"),
        Asker(f"{IN_PROCESS}, unprotected", bare, "by_client"),
        Asker(IN_PROCESS, inside, "by_client"),
        Asker(LOGGED, inside, "by_client", logs=True),
        Asker("Tearline, known from before", inside, "by_knowing"),
        Asker(LOOPBACK, outside, "by_client", ours, logs=True),
        Asker("requests, to the same server", outside, "by_requests", ours),
        Asker("httpx, to the same server", outside, "by_httpx", ours),
        Asker("gRPC", outside, "by_grpc", theirs),
    ]


@contextmanager
def _asking(environment: Mapping[str, str], log: TextIO) -> Iterator["subprocess.Popen[str]"]:
    """A process that asks when it is told to. It ends when nobody can tell it anything more."""
    command, pipe = [PYTHON, "-m", "benchmarks.asking"], subprocess.PIPE
    with subprocess.Popen(
        command, cwd=BASE, env=dict(environment), text=True, stdin=pipe, stdout=pipe, stderr=log
    ) as process:
        yield process


def _tell(process: "subprocess.Popen[str]", what: dict[str, Any]) -> Any:
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise WrongAnswer(f"{what['way']}: it ended")
    return json.loads(answer)


def _table(askers: list[Asker]) -> str:
    known = {asker.name: asker for asker in askers}
    rows = [_row(asker, known) for asker in askers]
    return "\n".join(["### Orders reads a customer of users", "", HEAD, RULE, *rows, ""])


def _row(asker: Asker, known: dict[str, Asker]) -> str:
    numbers = [median(asker.wall), min(asker.wall), max(asker.wall), median(asker.cpu)]
    ratios = [asker.times(known[ORM]), asker.times(known[IN_PROCESS])]
    other, target = TARGETS.get(asker.name, (ORM, None))
    verdict = [target.words, target.verdict(asker.times(known[other]))] if target else ["", ""]
    told = [*(f"{number:.0f}" for number in numbers), *(f"{ratio:.2f}" for ratio in ratios)]
    return f"| {' | '.join([asker.name, *told, *verdict])} |"


if __name__ == "__main__":
    main()
