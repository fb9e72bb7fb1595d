"""A shape, running: `with running(THREE_PROCESSES) as shop: requests.get(f"{shop.url}/v1/products")`."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from tests.topologies.children import (
    PYTHON,
    Child,
    DidNotStart,
    ended_by_sigterm,
    environment,
    free_ports,
    wait_until,
)
from tests.topologies.shapes import Group, Shape
from tests.topologies.templates import database_urls, databases, template

START_SECONDS = 60
# A row that is due later than this is waiting for a person or a provider, not for a worker.
SOON_SECONDS = 10

Commands = list[list[str]]
_opener = build_opener(ProxyHandler({}))


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
    url: str
    ports: dict[Group, int]
    serve: Callable[[int], Commands]
    settings: dict[str, str]
    children: dict[Group, list[Child]] = field(default_factory=dict)

    @property
    def databases(self) -> dict[str, Path]:
        return databases(self.folder)

    def start(self, service: str) -> None:
        """Start the process that hosts `service`, and wait until it is ready."""
        self.launch(self.shape.group_of(service))
        self.wait_ready(self.shape.group_of(service))

    def stop(self, service: str) -> None:
        """End the process that hosts `service`, with whatever else it hosts."""
        _end(self.children.pop(self.shape.group_of(service), []))

    def launch(self, group: Group) -> None:
        port = self.ports[group]
        here = environment(**self._environment(group))
        log = self.folder / f"{'+'.join(group)}.log"
        self.children[group] = [Child(command, here, log) for command in self.serve(port)]

    def wait_ready(self, group: Group) -> None:
        wait_for(f"http://127.0.0.1:{self.ports[group]}/readyz", self.children[group])

    def plan_faults(self, *, down: tuple[str, ...] = (), crash: tuple[str, ...] = ()) -> None:
        """Let calls to services fail, or views crash, until this is said again."""
        draft = self._faults.with_suffix(".draft")
        draft.write_text(json.dumps({"down": down, "crash": crash}))
        draft.rename(self._faults)

    def settle(self) -> None:
        """Wait until the workers have nothing left to do.

        Looked at twice, because work may pass from one database to another between the looks.
        """
        wait_until(lambda: not self.unfinished() and not self.unfinished(), what="the workers to finish")

    def wait_for_failure(self) -> None:
        """Wait until a worker has tried in vain: only then has a planned fault been met."""
        wait_until(lambda: any(_rows(path, _FAILED) for path in self.databases.values()), what="a try in vain")

    def unfinished(self) -> list[str]:
        """What workers have in hand or will take up soon."""
        return [table for path in self.databases.values() for table in _rows(path, _WAITING)]

    def end(self) -> None:
        _end([child for children in self.children.values() for child in children])

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
            "FAULTS_FILE": str(self._faults),
            **service_urls(self.ports),
            **database_urls(self.folder),
            **self.settings,
        }


@contextmanager
def running(
    shape: Shape, *, serve: Callable[[int], Commands] = development, settings: dict[str, str] | None = None
) -> Iterator[Shop]:
    """The product in this shape, ready, with databases of its own. Everything is gone when the block is left."""
    with ExitStack() as stack:
        stack.enter_context(ended_by_sigterm())
        folder = Path(tempfile.mkdtemp(prefix="tearline-shop-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        shutil.copytree(template(), folder, dirs_exist_ok=True)
        *ports, front = free_ports(len(shape.groups) + 1)
        by_group = dict(zip(shape.groups, ports, strict=True))
        public = ports[0] if shape.is_one_process else front
        shop = Shop(shape, folder, f"http://127.0.0.1:{public}", by_group, serve, settings or {})
        stack.callback(shop.end)
        _start_all(shop, stack)
        yield shop


def _start_all(shop: Shop, stack: ExitStack) -> None:
    for group in shop.shape.groups:
        shop.launch(group)
    door = None if shop.shape.is_one_process else _front_door(shop)
    if door:
        stack.callback(door.end)
    for group in shop.shape.groups:
        shop.wait_ready(group)
    if door:
        wait_for(f"{shop.url}/livez", [door])


def _front_door(shop: Shop) -> Child:
    here = environment(PUBLIC_URL=shop.url, VAR_DIR=str(shop.folder), **service_urls(shop.ports))
    return Child([PYTHON, "-m", "deploy.gateway"], here, shop.folder / "gateway.log")


def wait_for(url: str, children: list[Child]) -> None:
    """Wait until the address answers 200. Raises DidNotStart with the log when a child ends, or takes too long."""

    def is_ready() -> bool:
        if any(child.has_ended for child in children):
            raise DidNotStart("it ended")
        return answers(url)

    try:
        wait_until(is_ready, seconds=START_SECONDS)
    except AssertionError as exc:
        raise DidNotStart(f"{url}: {exc}\n{_last_words(children)}") from exc


def answers(url: str) -> bool:
    """Whether there is a good answer. A crash (500) is raised: waiting longer would not mend it."""
    try:
        with _opener.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except HTTPError as exc:
        if exc.code == 500:
            raise DidNotStart(f"{url} crashes") from exc
        return False
    except OSError:
        return False


def _end(children: list[Child]) -> None:
    for child in children:
        child.ask_to_end()
    for child in children:
        child.end()


def service_urls(ports: dict[Group, int]) -> dict[str, str]:
    return {f"{service.upper()}_URL": f"http://127.0.0.1:{port}" for group, port in ports.items() for service in group}


def _last_words(children: list[Child]) -> str:
    return "\n\n".join(child.last_words() for child in children)


def _rows(path: Path, condition: str) -> list[str]:
    """The tables of work of one service that have a row like this."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = _work_tables(database)
        return [table for table in tables if database.execute(f"SELECT 1 FROM {table} WHERE {condition}").fetchone()]


_WAITING = (
    f"done_at IS NULL AND (leased_by <> '' OR due_at < strftime('%Y-%m-%d %H:%M:%f', 'now', '+{SOON_SECONDS} seconds'))"
)
_FAILED = "done_at IS NULL AND failures > 0"


def _work_tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE c.name = 'done_at'"
    )
    return [str(name) for (name,) in rows]
