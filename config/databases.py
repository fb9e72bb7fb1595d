"""Where a service's rows are: an SQLite file, or a PostgreSQL over connections that the threads of a process share."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import Error, connections

from chassis.topology import topology

SQLITE_ENGINE = "django.db.backends.sqlite3"
POSTGRES_ENGINE = "chassis.postgresql"
SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
OWN_OPTIONS = {"pool", "application_name"}


def database_at(service: str, address: dict[str, Any], *, threads: int) -> dict[str, Any]:
    """Django's settings for a service's database; `address` is what its URL says, in Django's words."""
    return _sqlite(service, address) if address["ENGINE"] == SQLITE_ENGINE else _postgres(service, address, threads)


def address_of(settings_dict: dict[str, Any]) -> dict[str, Any]:
    """What a URL says of a database, without what is added for this process; wherever a process was started."""
    names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    address = {name: settings_dict.get(name, "") for name in names}
    if address["ENGINE"] == SQLITE_ENGINE:
        return {**address, "NAME": str(Path(address["NAME"]).resolve())}
    options = settings_dict.get("OPTIONS", {})
    return {**address, "OPTIONS": {name: value for name, value in options.items() if name not in OWN_OPTIONS}}


def place_of(address: dict[str, Any]) -> str:
    """A database, as two addresses of the same one have it in common; without user and password."""
    if address["ENGINE"] == SQLITE_ENGINE:
        return f"sqlite:///{Path(address['NAME']).resolve()}"
    host = str(address["HOST"] or "127.0.0.1").replace("localhost", "127.0.0.1")
    return f"postgresql://{host}:{address['PORT'] or 5432}/{address['NAME']}"


def left_behind() -> str:
    """What is wrong when a variable names a database that its service has left; empty where all are current."""
    from chassis.pauses import follow

    for service in topology().hosted:
        given = place_of(address_of(connections.settings[service]))
        with suppress(Error):  # a database that is down is told by /readyz, and by whoever needs it
            follow(service)
        place = place_of(address_of(connections.settings[service]))
        if place != given:
            return f"{service.upper()}_DATABASE_URL names a database that {service} has left: its rows are in {place}"
    connections.close_all()
    return ""


def _postgres(service: str, address: dict[str, Any], threads: int) -> dict[str, Any]:
    """A thread holds one connection of each service it works for, so a pool has as many as the server, and two.

    While the server is away a request waits for the pool's whole timeout, so it is shorter than a call's (3 s). A pool
    that gives up trying to reconnect begins anew with the next request; one that does not would wait ever longer.
    """
    pool = {"min_size": 0, "max_size": threads + 2, "timeout": 2, "reconnect_timeout": 2}
    return {
        **address,
        "ENGINE": POSTGRES_ENGINE,
        "OPTIONS": {"pool": pool, "application_name": f"tearline-{service}", **address.get("OPTIONS", {})},
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"DEPENDENCIES": []},
    }


def _sqlite(service: str, address: dict[str, Any]) -> dict[str, Any]:
    """Tests get a file too: threads that share SQLite's memory wait for its tables."""
    test_file = Path(tempfile.gettempdir()) / f"tearline-test-{os.getpid()}-{service}.sqlite3"
    return {
        **address,
        "OPTIONS": SQLITE,
        "TEST": {"DEPENDENCIES": [], "NAME": str(test_file)},
        # The last connection to close makes SQLite write its log back; per request, that costs more than the request.
        "CONN_MAX_AGE": 60,
    }
