"""The contenders, each served as its documentation says for production: one process, on 127.0.0.1."""

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.callers import Keys
from benchmarks.stores import Store
from chassis.topology import SERVICES
from deploy.processes import BASE, PYTHON, Child, DidNotStart, end_all, free_ports, wait_for_start

# Django's peers get the processes, threads and connections that config/gunicorn.py gives to Tearline.
LIKE_OURS = ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "75", "--no-control-socket"]
DJANGO = ["gunicorn", *LIKE_OURS, "--bind", "127.0.0.1:{port}", "django.core.wsgi:get_wsgi_application()"]
COMMANDS = {
    "Tearline": ["gunicorn", "-c", "config/gunicorn.py", "--bind", "127.0.0.1:{port}", "config.wsgi"],
    "DRF": DJANGO,
    "Ninja": DJANGO,
    "FastAPI": ["uvicorn", "--no-access-log", "--port", "{port}", "benchmarks.peers.fastapi:app"],
    "gRPC": ["benchmarks.peers.grpc", "{port}"],
}
OVER_HTTP = ("Tearline", "DRF", "Ninja", "FastAPI")


@dataclass(frozen=True)
class Server:
    """A contender that answers on a port of 127.0.0.1."""

    name: str
    port: int
    child: Child

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running(store: Store, folder: Path, keys: Keys, names: Sequence[str] = OVER_HTTP) -> Iterator[dict[str, Server]]:
    """These contenders by their names, ready, on the same tables; ended when the block is left."""
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    issuer = f"http://127.0.0.1:{ports['Tearline']}"
    ours = as_tearline(store, folder, keys, issuer)
    environments = {name: as_peer(name, store, keys, issuer) for name in names}
    environments |= {"Tearline": ours, "gRPC": {**environments.get("gRPC", {}), **ours}}
    servers: dict[str, Server] = {}
    try:
        for name, port in ports.items():
            command = [PYTHON, "-m", *(word.format(port=port) for word in COMMANDS[name])]
            servers[name] = Server(name, port, Child(command, environments[name], folder / f"{name}.log"))
        for server in servers.values():
            wait_for_start(partial(listens, server.port), [server.child], what=server.name)
        yield servers
    finally:
        end_all([server.child for server in servers.values()])


def migrate(store: Store, folder: Path, keys: Keys) -> None:
    """Make the tables of all services. Raises DidNotStart with what was said."""
    here = as_tearline(store, folder, keys, "http://127.0.0.1:8000")
    command = [PYTHON, "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=BASE, env=here, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DidNotStart(done.stdout + done.stderr)


def as_tearline(store: Store, folder: Path, keys: Keys, public_url: str) -> dict[str, str]:
    """The environment of production: all three services in one process, with the rates that it has by default."""
    said = {"SERVICES": ",".join(SERVICES), "TRANSPORT": "in_process"}
    where = {"PUBLIC_URL": public_url, "VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
    size = {"WEB_CONCURRENCY": "1", "THREADS": "8"}
    left_out = ("RATES", "VALKEY_URL", "FAULTS_FILE", *(f"{name.upper()}_URL" for name in SERVICES))
    databases = {f"{service.upper()}_DATABASE_URL": store.urls[service] for service in SERVICES}
    return {**os.environ, **dict.fromkeys(left_out, ""), **said, **where, **size, **databases, **in_production(keys)}


def in_production(keys: Keys) -> dict[str, str]:
    """Settings of production: nothing of what helps to develop, and every service's own secret and key."""
    settings = {"DEBUG": "false", "PROXIES": "0", "EMAIL_URL": "memory:", "WEBHOOK_ALLOW_LOOPBACK": "false"}
    for service in SERVICES:
        settings[f"{service.upper()}_SECRET"] = keys.secret
        settings[f"{service.upper()}_SIGNING_KEY"] = keys.private
    return settings


def as_peer(name: str, store: Store, keys: Keys, issuer: str) -> dict[str, str]:
    """The environment of a peer: the same database, and whose tokens it accepts."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.settings",
        "PEER_URLS": f"benchmarks.peers.{name.lower()}",
        "PEER_DATABASE_URL": store.urls["orders"],
        "PEER_PUBLIC_KEY": keys.public,
        "PEER_ISSUER": issuer,
    }


def listens(port: int) -> bool:
    """Whether somebody does, on this port."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
