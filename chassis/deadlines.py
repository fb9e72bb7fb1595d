"""The deadline of a request, honoured by its database: no statement goes on when nobody waits for it any more.

PostgreSQL ends a statement that takes longer than what is left (`statement_timeout`); SQLite, which cannot, waits no
longer than that for a lock. A statement that begins when hardly anything is left gets a moment all the same, so that
what has to be put in order still is. Whoever has no deadline, like a worker, is not limited.
"""

import math
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from chassis import context

MOMENT_SECONDS = 0.1
# In steps, so that most requests find the limit that the one before them has set, and need not set it.
FINE_STEP, COARSE_STEP, COARSE_FROM_SECONDS = 50, 1000, 5
UNLIMITED = {"postgresql": 0, "sqlite": 20_000}
_LIMITS = "tearline_limits"


def milliseconds_for(seconds: float | None, vendor: str) -> int:
    """What a statement may take when so many seconds are left."""
    if seconds is None:
        return UNLIMITED[vendor]
    step = COARSE_STEP if seconds >= COARSE_FROM_SECONDS else FINE_STEP
    return math.ceil(max(seconds, MOMENT_SECONDS) * 1000 / step) * step


def _within_deadline(execute: Any, sql: Any, params: Any, many: Any, about: dict[str, Any]) -> Any:
    """Every statement passes here. The limit is set where the last one that was set is not right."""
    connection, left = about["connection"], context.current().seconds_left()
    limit = milliseconds_for(left, connection.vendor)
    try:
        _HONOURED[connection.vendor](connection, limit)
        return execute(sql, params, many, about)
    except OperationalError as exc:
        if left is None or not _ran_out(exc):
            raise
        from chassis.problems import DeadlineExceeded

        raise DeadlineExceeded from exc


def _on_postgresql(connection: Any, limit: int) -> None:
    """A limit that is set within a transaction, or a savepoint, is gone with it, so it is of that one alone."""
    notes, where = vars(connection.connection).setdefault(_LIMITS, {}), _transaction(connection)
    known = notes["local"][1] if where and notes.get("local", (None,))[0] == where else notes.get("session", 0)
    if known == limit:
        return
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(f"SET {'LOCAL' if where else 'SESSION'} statement_timeout = {limit}")
    notes.update({"local": (where, limit)} if where else {"session": limit})


def _transaction(connection: Any) -> tuple[Any, ...]:
    """The transaction and the savepoints that are open; empty where none is."""
    if not connection.in_atomic_block:
        return ()
    return (id(connection.atomic_blocks[0]), *filter(None, connection.savepoint_ids))


def _on_sqlite(connection: Any, limit: int) -> None:
    driver, known = vars(connection).get(_LIMITS, (None, 0))
    if (known if driver is connection.connection else UNLIMITED["sqlite"]) != limit:
        connection.connection.execute(f"PRAGMA busy_timeout = {limit}")
        vars(connection)[_LIMITS] = (connection.connection, limit)


_HONOURED = {"postgresql": _on_postgresql, "sqlite": _on_sqlite}


def _ran_out(exc: OperationalError) -> bool:
    """Whether the statement was ended, or gave up waiting for a lock, because of the time."""
    return getattr(exc.__cause__, "sqlstate", "") == "57014" or str(exc) == "database is locked"


def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let every statement of a new connection pass here."""
    if _within_deadline not in connection.execute_wrappers:
        connection.execute_wrappers.append(_within_deadline)
