"""A shape, running: `with running(THREE_PROCESSES) as shop: requests.get(f"{shop.url}/v1/products")`."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.processes import BASE, PYTHON, Child, end_all, ended_by_sigterm, free_ports, wait_for, wait_until
from tests.topologies.environments import environment
from tests.topologies.shapes import Group, Shape
from tests.topologies.stores import Store, kind_of_store
from tests.topologies.templates import database_urls, template

# A row that is due later than this is waiting for a person or a provider, not for a worker.
SOON_SECONDS = 10

Commands = list[list[str]]


def development(port: int) -> Commands:
    """Django's own server, the worker in a thread of it."""
    return [[PYTHON, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload", "--skip-checks"]]


def production(port: int) -> Commands:
    """The configured gunicorn, and a worker as a process of its own."""
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}", "config.wsgi"]
    return [gunicorn, [PYTHON, "manage.py", "work"]]


@dataclass
class Shop:
    """The running product. `url` is the one address that clients see."""

    shape: Shape
    folder: Path
    store: Store
    url: str
    ports: dict[Group, int]
    serve: Callable[[int], Commands]
    settings: dict[str, str]
    children: dict[Group, list[Child]] = field(default_factory=dict)

    def start(self, service: str) -> None:
        """Start the process that hosts `service`, and wait until clients reach it."""
        self.launch(self.shape.group_of(service))
        self.wait_ready(self.shape.group_of(service))
        wait_for(f"{self.url}/services/{service}/readyz", [])

    def stop(self, service: str) -> None:
        """End the process that hosts `service`, with whatever else it hosts."""
        end_all(self.children.pop(self.shape.group_of(service), []))

    def launch(self, group: Group) -> None:
        port = self.ports[group]
        here = self.environment(group)
        log = self.folder / f"{'+'.join(group)}.log"
        self.children[group] = [Child(command, here, log) for command in self.serve(port)]

    def wait_ready(self, group: Group) -> None:
        wait_for(f"http://127.0.0.1:{self.ports[group]}/readyz", self.children[group])

    def environment(self, group: Group) -> dict[str, str]:
        """What the processes of this group are given."""
        return environment(**self._environment(group))

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `manage.py` where the first process runs, and wait for it."""
        command, here = [PYTHON, "manage.py", *words], self.environment(self.shape.groups[0])
        return subprocess.run(command, cwd=BASE, env=here, capture_output=True, text=True, check=False)

    def plan_faults(self, *faults: dict[str, Any], **planned: Any) -> None:
        """Let this go wrong until it is said again: `plan_faults({"kind": …}, seed=7)`, `plan_faults(down=[…])`."""
        draft = self._faults.with_suffix(".draft")
        draft.write_text(json.dumps({"faults": faults, **planned}))
        draft.rename(self._faults)

    def settle(self) -> None:
        """Wait until the workers have nothing left to do.

        Looked at twice, because work may pass from one database to another between the looks.
        """
        try:
            wait_until(lambda: not self.unfinished() and not self.unfinished(), what="the workers to finish")
        except AssertionError as exc:
            raise AssertionError(f"{exc}: {', '.join(self.unfinished())}") from exc

    def wait_for_failure(self) -> None:
        """Wait until a worker has tried in vain: only then has a planned fault been met."""
        wait_until(lambda: self._work("failures > 0"), what="a try in vain")

    def unfinished(self, soon_seconds: int = SOON_SECONDS) -> list[str]:
        """What workers have in hand or will take up soon."""
        return self._work(f"(leased_by <> '' OR due_at < {self.store.seconds_from_now(soon_seconds)})")

    def end(self) -> None:
        end_all([child for children in self.children.values() for child in children])

    def _work(self, condition: str) -> list[str]:
        """The tables that have a row of work like this."""
        return [
            table
            for service in self.store.urls
            for table in self.store.tables(service, "done_at")
            if self.store.select(service, f"SELECT 1 FROM {table} WHERE done_at IS NULL AND {condition} LIMIT 1")
        ]

    @property
    def _faults(self) -> Path:
        return self.folder / "faults.json"

    def _environment(self, group: Group) -> dict[str, str]:
        return {
            "SERVICES": ",".join(group),
            "TRANSPORT": self.shape.transport,
            "PORT": str(self.ports[group]),
            "PUBLIC_URL": self.url,
            "VAR_DIR": str(self.folder),
            "DEBUG": "true",
            "WEBHOOK_ALLOW_LOOPBACK": "true",
            "FAULTS_FILE": str(self._faults),
            "EMAIL_URL": f"file:///{self.folder / 'letters'}",
            **service_urls(self.ports),
            **database_urls(self.store),
            **self.settings,
        }


@contextmanager
def running(
    shape: Shape,
    *,
    serve: Callable[[int], Commands] = development,
    settings: dict[str, str] | None = None,
    database: str = "",
    gateway: bool = False,
) -> Iterator[Shop]:
    """The product in this shape, ready, with databases of its own. Everything is gone when the block is left.

    `database` is `sqlite` or `postgresql`; where it is not said, TEST_DATABASES says it. The gateway stands before
    several processes, and where it is wished for before one.
    """
    with ExitStack() as stack:
        stack.enter_context(ended_by_sigterm())
        folder = Path(tempfile.mkdtemp(prefix="tearline-shop-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        new = template(database or kind_of_store())
        shutil.copytree(new.folder, folder, dirs_exist_ok=True)
        store = new.store.copied_to(folder)
        stack.callback(store.remove)
        *ports, front = free_ports(len(shape.groups) + 1)
        by_group = dict(zip(shape.groups, ports, strict=True))
        has_door = gateway or not shape.is_one_process
        public = front if has_door else ports[0]
        shop = Shop(shape, folder, store, f"http://127.0.0.1:{public}", by_group, serve, settings or {})
        stack.callback(shop.end)
        _start_all(shop, stack, has_door=has_door)
        yield shop


def _start_all(shop: Shop, stack: ExitStack, *, has_door: bool) -> None:
    for group in shop.shape.groups:
        shop.launch(group)
    door = _front_door(shop) if has_door else None
    if door:
        stack.callback(door.end)
    for group in shop.shape.groups:
        shop.wait_ready(group)
    if door:
        for service in shop.store.urls:
            wait_for(f"{shop.url}/services/{service}/readyz", [door])


def _front_door(shop: Shop) -> Child:
    spans = {name: value for name, value in shop.settings.items() if name.startswith("OTEL_")}
    here = environment(PUBLIC_URL=shop.url, VAR_DIR=str(shop.folder), **service_urls(shop.ports), **spans)
    return Child([PYTHON, "-m", "deploy.gateway"], here, shop.folder / "gateway.log")


def service_urls(ports: dict[Group, int]) -> dict[str, str]:
    return {f"{service.upper()}_URL": f"http://127.0.0.1:{port}" for group, port in ports.items() for service in group}
