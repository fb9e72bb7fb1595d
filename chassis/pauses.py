"""A service's database while it is moved to another place: it takes no writes, and tells where the rows are now.

`manage.py move_database` closes a database from within: a row in it (its mark), and triggers that refuse every write
while the row is there. So no process can write past it, and none has to ask before it writes. Where to go on is looked
up twice a second at most, at the beginning of a request or of a round of work; until every process has looked, the new
place takes no writes either, so nobody reads at the old place what was changed at the new one.
"""

import threading
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.utils import ConnectionHandler
from django.dispatch import receiver

from chassis import signing

TABLE = "tearline_move"
REFUSAL = "tearline: no writes while this database is moved"
LOOK_SECONDS = 0.5
# Longer than a look is good for, so that by then every request goes to the new place.
HOLD_SECONDS = 0.8
LONGEST_WAY = 8

# The database's own clock, in seconds: its processes may run on machines that disagree.
NOW = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "extract(epoch FROM clock_timestamp())::float8",
}
_IS_THERE = {
    "sqlite": f"SELECT 1 FROM sqlite_master WHERE name = '{TABLE}'",  # noqa: S608  a constant
    "postgresql": f"SELECT 1 WHERE to_regclass('{TABLE}') IS NOT NULL",
}
_looked_at: dict[str, float] = {}
_swapping = threading.Lock()


@dataclass(frozen=True)
class Mark:
    """Why a database takes no writes: it is `left`, being `copied` from, or `filled` from the one at `address`.

    It counts until that moment, or without end.
    """

    id: str
    state: str
    until: float | None
    address: str

    @property
    def leads_on(self) -> bool:
        """Whether the service's rows are elsewhere: they have left, or have not yet arrived."""
        return self.state == "left" or (self.state == "filled" and self.until is None)


def keep_up(service: str) -> int:
    """Let this thread go on where the service's rows are now; to be said before a request or a round of work.

    Returns 0: it is no work that would be worth another round.
    """
    use_current(service)
    now = time.monotonic()
    if now - _looked_at.get(service, -LOOK_SECONDS) >= LOOK_SECONDS:
        follow(service)
        _looked_at[service] = now
    return 0


def follow(service: str) -> None:
    """Go where the mark of the service's database leads, and from there on. Without a mark, stay."""
    for _ in range(LONGEST_WAY):
        mark = read_mark(connections[service])
        if mark is None or not mark.leads_on:
            return
        _go(service, mark)
    raise RuntimeError(f"the databases of {service} send each other round in a circle")


def use_current(service: str) -> None:
    """Forget this thread's connection to a place that the service has left."""
    held = connections[service]
    if held.settings_dict is not connections.settings[service] and not held.in_atomic_block:
        held.close()
        del connections[service]


def read_mark(connection: BaseDatabaseWrapper) -> Mark | None:
    """The mark of a database. Asked of the driver itself: it belongs to no request's queries."""
    connection.ensure_connection()
    driver: Any = connection.connection
    with connection.wrap_database_errors, closing(driver.cursor()) as cursor:
        if not cursor.execute(_IS_THERE[connection.vendor]).fetchone():
            return None
        row = cursor.execute(f"SELECT id, state, until, address FROM {TABLE}").fetchone()  # noqa: S608  a constant
    return Mark(*row) if row else None


def admit(connection: BaseDatabaseWrapper, move: str) -> None:
    """Let a filled database take writes as soon as everybody knows of it: its source was left by this very move."""
    mark = read_mark(connection)
    if mark and (mark.id, mark.state, mark.until) == (move, "filled", None):
        until = f"{NOW[connection.vendor]} + {HOLD_SECONDS}"
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {TABLE} SET until = {until} WHERE id = %s AND until IS NULL", [move])  # noqa: S608


def sealed(service: str, address: dict[str, Any]) -> str:
    """Where a database is, with its password, for the processes of its service alone."""
    return signing.seal(service, address).decode()


def unsealed(service: str, address: str) -> dict[str, Any]:
    where: dict[str, Any] = signing.unseal(service, address.encode())
    return where


def configured(service: str, address: dict[str, Any]) -> dict[str, Any]:
    """Django's settings for the service's database at this address."""
    place = settings.DATABASE_AT(service, address)
    complete: dict[str, Any] = ConnectionHandler({"default": {}, service: place}).settings[service]
    return complete


def _go(service: str, mark: Mark) -> None:
    """The first thread to know changes the place for the whole process; each drops its own connection."""
    with _swapping:
        if connections[service].settings_dict is connections.settings[service]:
            connections.settings[service] = configured(service, unsealed(service, mark.address))
    use_current(service)
    if mark.state == "left":
        admit(connections[service], mark.id)


def _translate(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
    """Every query passes here, so that the refusal of a trigger is a problem wherever it is met."""
    try:
        return execute(sql, params, many, context)
    except DatabaseError as exc:
        if str(exc).startswith(REFUSAL):
            from chassis.problems import ServicePaused

            raise ServicePaused(headers={"Retry-After": "1"}) from exc
        raise


@receiver(connection_created)
def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _translate not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _translate)
