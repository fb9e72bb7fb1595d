"""The product split on one machine: `python -m deploy.split` starts every part of it, and ends them all together.

PostgreSQL and Valkey come from packages unless a URL names others; each service is a gunicorn and a worker, and the
gateway stands before them. With `--tls` each has a certificate, of an authority made on the spot. A service that dies
is started again a little later, and only its own paths are away in the meantime; what all depend on is not replaced, so
when that dies everything ends.
"""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from chassis.topology import GATEWAY
from config.routes import ROUTES
from deploy import postgres, valkey
from deploy.authority import HERE, Authority
from deploy.gateway import public_port, public_url
from deploy.processes import BASE, PYTHON, Child, DidNotStart, end_all, ended_by_sigterm, free_ports, wait_for
from deploy.variables import folder_of, read_variables

REST_SECONDS = 3.0
LOOK_SECONDS = 0.2
# A service that dies so often within a minute would only die again.
DEATHS = 3
Group = tuple[str, ...]


class Crashed(Exception):
    """A part ended that cannot be replaced; the message holds the end of its log."""


@dataclass
class Part:
    """One process of the product, and how to start it again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    where: str = ""
    child: Child | None = None
    ended_at: list[float] = field(default_factory=list)

    def start(self) -> Child:
        self.child = Child(self.command, self.environment, self.log)
        return self.child

    def look_after(self) -> None:
        """Start it again a little after it died. Raises Crashed when that happens again and again."""
        if self.child and self.child.has_ended:
            self._report_death(self.child)
        elif not self.child and time.monotonic() - self.ended_at[-1] >= REST_SECONDS:
            print(f"{self.name} starts again, as process {self.start().pid}", flush=True)

    def require_alive(self) -> None:
        """Raises Crashed, with its last words, if it is not."""
        if self.child and self.child.has_ended:
            raise Crashed(f"{self.name} ended by itself\n{self.child.last_words()}")

    def _report_death(self, child: Child) -> None:
        status = child.end()
        now = time.monotonic()
        self.ended_at = [*(at for at in self.ended_at if now - at < 60), now]
        if len(self.ended_at) >= DEATHS:
            raise Crashed(f"{self.name} ended {DEATHS} times within a minute\n{child.last_words()}")
        print(f"{self.name} ended with {status}: it starts again in {REST_SECONDS:.0f} s, see {self.log}", flush=True)
        self.child = None


@dataclass
class Split:
    """The parts: `services` can be replaced while the others go on, `shared` cannot."""

    groups: list[Group]
    folder: Path
    authority: Authority | None = None
    shared: list[Part] = field(default_factory=list)
    services: list[Part] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        return [*self.shared, *self.services]

    def watch(self) -> None:
        """Look after the parts until one that cannot be replaced ends (Crashed), or somebody interrupts."""
        while True:
            for part in self.shared:
                part.require_alive()
            for part in self.services:
                part.look_after()
            time.sleep(LOOK_SECONDS)


def main(words: list[str] | None = None) -> int:
    """0 after Ctrl-C, 1 when a part crashed or did not start."""
    # A shell ignores SIGINT for what it starts in the background; here it is the way to end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    read_variables()
    wishes = parser().parse_args(words)
    folder = folder_of("split")
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    with _alone_in(folder), suppress(KeyboardInterrupt), ended_by_sigterm(), ExitStack() as stack:
        try:
            authority = _authority(folder) if wishes.tls else None
            split = start(groups_of(wishes.services), folder, stack, authority=authority)
            print(picture(split), flush=True)
            split.watch()
        except (Crashed, DidNotStart) as crash:
            print(f"\n{crash}\n\nEverything else is ended, too.", file=sys.stderr)
            return 1
    print("\nEverything has ended.")
    return 0


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m deploy.split", description="Every part of the product.")
    whole = "|".join(ROUTES)
    arguments.add_argument("services", nargs="?", default=whole, help=f"which services share a process: {whole}")
    arguments.add_argument("--tls", action="store_true", help="HTTPS, and a certificate for every part")
    return arguments


def groups_of(text: str) -> list[Group]:
    """`users,orders|payments` is two processes. Ends this one unless every service is named exactly once."""
    groups = [tuple(name.strip() for name in group.split(",")) for group in text.split("|")]
    named = sorted(name for group in groups for name in group)
    if named != sorted(ROUTES):
        sys.exit(f"SERVICES names each of {', '.join(ROUTES)} once, as in 'users,orders|payments'; it is {text!r}")
    return groups


def start(groups: list[Group], folder: Path, stack: ExitStack, *, authority: Authority | None = None) -> Split:
    """Everything, ready; ended when the stack is left. Raises DidNotStart with the log of what did not start."""
    split = Split(groups, folder, authority)
    stack.callback(_end, split)
    settings = {**_databases(split, os.environ), **_cache(split, os.environ), **_addresses(groups, authority)}
    here = {"PROXIES": "1", **os.environ, **settings, "VAR_DIR": str(folder), "PUBLIC_URL": public_url(os.environ)}
    of_groups = {group: {**here, **_certificate(authority, *group), "SERVICES": ",".join(group)} for group in groups}
    _prepare(of_groups)
    split.services = [part for group, its_own in of_groups.items() for part in _parts_of(group, its_own, folder)]
    for part in split.services:
        part.start()
    split.shared.append(gateway := _gateway({**here, **_certificate(authority, GATEWAY)}, folder))
    gateway.start()
    _wait_for_all(split)
    _tell_prometheus(split)
    return split


def _tell_prometheus(split: Split) -> None:
    """Where all of them answer `/metrics`: the file from which deploy/monitoring/prometheus.yaml learns it."""
    targets = [
        {"targets": [urlsplit(part.where).netloc], "labels": {"part": part.name}}
        for part in split.services
        if part.where
    ]
    (split.folder / "targets.json").write_text(json.dumps(targets, indent=2))


def _wait_for_all(split: Split) -> None:
    children = [part.child for part in split.parts if part.child]
    for service in ROUTES:
        url = f"{public_url(os.environ)}/services/{service}/readyz"
        wait_for(url, children, authority=split.authority.file if split.authority else None)


def picture(split: Split) -> str:
    """Where everything is."""
    rows = [("PART", "PROCESS", "WHERE", "LOG")]
    rows += [(part.name, str(part.child.pid if part.child else ""), part.where, str(part.log)) for part in split.parts]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return (
        f"Tearline, split: {public_url(os.environ)}\n\n{table}\n\n{_trust(split)}"
        "make logs REQUEST=… shows what all of them logged of a request: its X-Request-ID, or the id of its trace.\n"
        "kill -HUP a server's process, and it restarts without losing a request. Ctrl-C ends everything."
    )


def _trust(split: Split) -> str:
    """How clients come to believe an authority that nobody knows."""
    if not split.authority:
        return ""
    file = split.authority.file
    return f"Every certificate is of {file}: curl --cacert {file} {public_url(os.environ)}\n\n"


def _authority(folder: Path) -> Authority:
    """Ends the process where clients would still come by plain HTTP."""
    url = urlsplit(public_url(os.environ))
    if url.scheme != "https":
        sys.exit(f"PUBLIC_URL begins with https://, because of --tls; it is {url.geturl()}")
    return Authority(folder / "tls", [*HERE, str(url.hostname)])


def _certificate(authority: Authority | None, *names: str) -> dict[str, str]:
    return authority.certify(*names) if authority else {}


def _databases(split: Split, given: Mapping[str, str]) -> dict[str, str]:
    """A database and a role for each service, on a PostgreSQL of our own unless its URL is given."""
    names = {service: f"{service.upper()}_DATABASE_URL" for service in ROUTES}
    missing = {service: name for service, name in names.items() if not given.get(name)}
    if not missing:
        return {}
    server = postgres.start(split.folder / "postgres")
    where = f"127.0.0.1:{server.port}"
    split.shared.append(Part("postgres", [], {}, split.folder / "postgres" / "postgres.log", where, server.child))
    return {name: server.provide(service) for service, name in missing.items()}


def _cache(split: Split, given: Mapping[str, str]) -> dict[str, str]:
    if given.get("VALKEY_URL"):
        return {}
    url, child = valkey.start(split.folder / "valkey")
    where = urlsplit(url).netloc
    split.shared.append(Part("valkey", [], {}, split.folder / "valkey" / "valkey.log", where, child))
    return {"VALKEY_URL": url}


def _addresses(groups: Sequence[Group], authority: Authority | None) -> dict[str, str]:
    ports, scheme = free_ports(len(groups)), "https" if authority else "http"
    return {
        f"{service.upper()}_URL": f"{scheme}://127.0.0.1:{port}"
        for group, port in zip(groups, ports, strict=True)
        for service in group
    }


def _prepare(of_groups: Mapping[Group, dict[str, str]]) -> None:
    """Tables for each at the same time, and the accounts of the demo."""
    migrations = {group: _command(here, "migrate", "--verbosity", "0") for group, here in of_groups.items()}
    failed = [", ".join(group) for group, migration in migrations.items() if migration.wait()]
    if failed:
        raise DidNotStart(f"manage.py migrate failed for {' and '.join(failed)}")
    (home,) = (here for group, here in of_groups.items() if "users" in group)
    if _command(home, "demo_accounts").wait():
        raise DidNotStart("manage.py demo_accounts failed")


def _command(environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([PYTHON, "manage.py", *words], cwd=BASE, env=environment)


def _parts_of(group: Group, environment: dict[str, str], folder: Path) -> list[Part]:
    """A server and a worker."""
    name, where = "+".join(group), environment[f"{group[0].upper()}_URL"]
    here = {**environment, "PORT": str(urlsplit(where).port)}
    (port,) = free_ports(1)
    beside = {**here, "WORK_PORT": str(port), "WORK_BIND": "127.0.0.1"}
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
    work = [PYTHON, "manage.py", "work"]
    return [
        Part(name, gunicorn, here, folder / "logs" / f"{name}.log", where),
        Part(f"{name} worker", work, beside, folder / "logs" / f"{name}-worker.log", f"http://127.0.0.1:{port}"),
    ]


def _gateway(environment: dict[str, str], folder: Path) -> Part:
    port = public_port(environment)
    command = [PYTHON, "-m", "deploy.gateway", "--port", str(port)]
    return Part("gateway", command, environment, folder / "logs" / "gateway.log", f"127.0.0.1:{port}")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two of these would share one PostgreSQL folder."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"a split is running already, with its files in {folder}")
        yield


def _end(split: Split) -> None:
    """What asks ends before what answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gateway = [part for part in split.shared if part.name == "gateway"]
    for parts in (gateway, split.services, split.shared):
        end_all([part.child for part in parts if part.child])


if __name__ == "__main__":
    sys.exit(main())
