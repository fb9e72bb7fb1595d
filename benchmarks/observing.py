"""`make bench-observing`: what metrics and traces cost a list of 50 orders, beside the same server without them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from statistics import median

from benchmarks import benches
from benchmarks.benches import Shop, Wishes
from benchmarks.clients import Request, connected
from benchmarks.collectors import COMMAND, ENDPOINT
from benchmarks.processes import cpu_seconds
from benchmarks.reports import Target
from benchmarks.rounds import turns
from benchmarks.seeding import id_of, seed
from benchmarks.servers import COMMANDS, Server, as_tearline, listens
from deploy.processes import PYTHON, Child, end_all, free_ports, wait_for_start

CUSTOMERS, ORDERS, CLIENTS = 100, 10_000, 4
SEEN, UNSEEN = "with metrics and traces", "without"
TARGET = Target("at most 1.1 times", most=1.1)
HEAD = (
    "| | CPU ms per request | lowest | highest | requests per second | times the CPU | times the seconds | target | |"
)
RULE = "|---|---:|---:|---:|---:|---:|---:|---|---|"


@dataclass
class Turns:
    """A server, and what a request cost it, turn by turn: milliseconds of CPU, and of everybody's time."""

    name: str
    server: Server
    customers: list[str]
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def take(self, seconds: float) -> None:
        """Let clients ask for so long, as quickly as they are answered."""
        ends_at, pid = time.monotonic() + seconds, self.server.child.pid
        before, began_at = cpu_seconds(pid), time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            asked = sum(clients.map(partial(self._ask_until, ends_at), range(CLIENTS)))
        took, used = time.monotonic() - began_at, cpu_seconds(pid) - before
        self.cpu.append(1000 * used / asked)
        self.wall.append(1000 * took / asked)

    def forget(self) -> None:
        """The first turn shows nothing: everything is loaded in it."""
        self.cpu, self.wall = [], []

    def _ask_until(self, ends_at: float, client: int) -> int:
        with connected(self.server) as connection:
            for number in count(1):
                connection.ask(Request("/v2/orders?limit=50", self.customers[(number + client) % len(self.customers)]))
                if time.monotonic() >= ends_at:
                    return number
        raise AssertionError("nobody counts that far")


def main() -> None:
    """A list, on each database."""
    store = partial(seed, orders=ORDERS, customers=CUSTOMERS)
    benches.run("observing", "Observing", store, measure, ("Tearline",))


def measure(shop: Shop, wishes: Wishes) -> Iterator[str]:
    """One table. Both servers are asked in turn, so that what slows the machine slows both."""
    customers = shop.tokens([id_of("usr", number) for number in range(CUSTOMERS)])
    with _servers(shop) as (seen, unseen):
        both = [Turns(UNSEEN, unseen, customers), Turns(SEEN, seen, customers)]
        for one in both:
            one.take(wishes.seconds)
            one.forget()
        for index in turns(wishes.rounds, len(both)):
            both[index].take(wishes.seconds)
    yield _table(both)


@contextmanager
def _servers(shop: Shop) -> Iterator[tuple[Server, Server]]:
    """Two servers of the same shop, one of which is seen by Prometheus and by a collector of spans."""
    folder = shop.folder
    collector_port, *ports = free_ports(3)
    told = as_tearline(shop.store, folder, shop.keys, shop.servers["Tearline"].url)
    observed = {"METRICS": "true", ENDPOINT: f"http://127.0.0.1:{collector_port}"}
    given = ({**told, **observed}, {**told, "METRICS": "false", ENDPOINT: ""})
    children = [Child([PYTHON, *COMMAND, str(collector_port)], told, folder / "collector.log")]
    try:
        for port, here in zip(ports, given, strict=True):
            words = [PYTHON, "-m", *(word.format(port=port) for word in COMMANDS["Tearline"])]
            children.append(Child(words, here, folder / f"{port}.log"))
        servers = [Server(str(port), port, child) for port, child in zip(ports, children[1:], strict=True)]
        for server in servers:
            wait_for_start(partial(listens, server.port), [server.child], what=server.name)
        yield servers[0], servers[1]
    finally:
        end_all(children)


def _table(both: list[Turns]) -> str:
    unseen, _ = both
    rows = [_row(one, unseen) for one in both]
    return "\n".join(
        [f"### A list of 50 orders with 3 lines each, asked for by {CLIENTS} at once", "", HEAD, RULE, *rows, ""]
    )


def _row(one: Turns, unseen: Turns) -> str:
    cpu = median(mine / its for mine, its in zip(one.cpu, unseen.cpu, strict=True))
    wall = median(mine / its for mine, its in zip(one.wall, unseen.wall, strict=True))
    numbers = [median(one.cpu), min(one.cpu), max(one.cpu), 1000 / median(one.wall), cpu, wall]
    verdict = ["", ""] if one is unseen else [TARGET.words, TARGET.verdict(max(cpu, wall))]
    return f"| {' | '.join([one.name, *(f'{number:.2f}' for number in numbers), *verdict])} |"


if __name__ == "__main__":
    main()
