"""What the commands have in common: their words, and a shop on each database with all contenders."""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import reports, stores
from benchmarks.callers import Keys, tokens
from benchmarks.rounds import Wishes
from benchmarks.servers import OVER_HTTP, Server, migrate, running
from benchmarks.stores import Store
from deploy.processes import ended_by_sigterm


@dataclass(frozen=True)
class Shop:
    """A seeded store with all contenders serving it; `folder` is gone with it."""

    store: Store
    servers: dict[str, Server]
    keys: Keys
    folder: Path

    def tokens(self, ids: list[str], *, scope: str = "") -> list[str]:
        """A token for each of these people."""
        return tokens(self.keys, self.servers["Tearline"].url, ids, scope=scope)


def run(
    name: str,
    title: str,
    seed: Callable[[Store], None],
    measure: Callable[[Shop, Wishes], Iterator[str]],
    servers: Sequence[str] = OVER_HTTP,
) -> None:
    """Measure on each database with these servers, and write results/<name>.md."""
    wishes, parts = read_wishes(name), []
    with ended_by_sigterm():
        for kind in wishes.databases:
            with opened(kind, seed, servers) as shop:
                parts += [f"## {shop.store.name}", "", *measure(shop, wishes)]
    reports.write(name, title, parts, rounds=wishes.rounds)


def read_wishes(name: str) -> Wishes:
    """Two rounds of a tenth of a second are enough to see that everything works."""
    words = argparse.ArgumentParser(prog=f"make bench-{name} ARGS=...")
    words.add_argument("--rounds", type=int, default=20)
    words.add_argument("--seconds", type=float, default=0.2, help="how long a contender's turn is")
    words.add_argument("--databases", default=",".join(stores.KINDS))
    said = words.parse_args()
    return Wishes(said.rounds, said.seconds, tuple(said.databases.split(",")))


@contextmanager
def opened(kind: str, seed: Callable[[Store], None], names: Sequence[str]) -> Iterator[Shop]:
    """A shop in a folder of its own; nothing of it is left when the block is."""
    folder, keys, begun = Path(tempfile.mkdtemp(prefix="tearline-bench-")), Keys(), time.monotonic()
    folder.chmod(0o711)  # PostgreSQL may run as somebody else
    try:
        with stores.opened(kind, folder) as store:
            migrate(store, folder, keys)
            seed(store)
            print(f"{store.name}: ready after {time.monotonic() - begun:.0f} s", flush=True)
            with running(store, folder, keys, names) as servers:
                yield Shop(store, servers, keys, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
