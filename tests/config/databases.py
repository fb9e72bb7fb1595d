"""Databases of a test's own, behind an alias of their own, on both kinds of server."""

import secrets
from contextlib import contextmanager

from django.db import connections

from chassis.pauses import configured
from config.databases import POSTGRES_ENGINE, SQLITE_ENGINE
from tests.topologies.stores import server

ALIAS = "shelf"


@contextmanager
def database(kind, folder):
    """An empty database with one table, `thing`."""
    name = f"shelf_{secrets.token_hex(4)}"
    connections.settings[ALIAS] = configured(ALIAS, _address(kind, folder, name))
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("CREATE TABLE thing (id integer)")
        yield ALIAS
    finally:
        connections[ALIAS].close()
        if kind == "postgresql":
            connections[ALIAS].close_pool()
            server().drop(name)
        del connections[ALIAS], connections.settings[ALIAS]


def _address(kind, folder, name):
    if kind == "sqlite":
        return {"ENGINE": SQLITE_ENGINE, "NAME": str(folder / name)}
    server().provide(name, role="orders")
    password = server().url("orders").split(":")[2].partition("@")[0]
    place = {"HOST": "127.0.0.1", "PORT": server().port, "USER": "orders", "PASSWORD": password}
    return {"ENGINE": POSTGRES_ENGINE, "NAME": name, **place}
