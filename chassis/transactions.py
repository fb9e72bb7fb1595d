"""No call while a transaction is open.

Over the network it would hold locks for as long as a neighbour takes; in process it would couple two services' commits.
So it is refused in every topology, in production too, and the refusal is the same everywhere.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic


class OpenTransaction(RuntimeError):
    """A service asked another one while it held a transaction open. This is a bug in the asking service."""

    def __init__(self, client: str, database: str) -> None:
        self.client, self.database = client, database
        super().__init__(
            f"{client} was called while a transaction is open on database {database!r}: "
            "commit the intent first, then call, then commit the outcome"
        )


def refuse_open_transaction(client: str) -> None:
    """Raise OpenTransaction, naming `client` and the database, if this thread holds any transaction open."""
    # As `connections.all` does it, which looks each of them up thrice; every call would pay for that.
    of_this_thread: Any = vars(connections)["_connections"]
    for alias in connections.settings:
        connection = getattr(of_this_thread, alias, None)
        if connection is not None and _is_open(connection):
            raise OpenTransaction(client, connection.alias)


def excuse_open_transactions(connection: BaseDatabaseWrapper, *, depth: int) -> None:
    """Let the first `depth` transactions of this connection pass: those that a test case has wrapped around itself.

    The excuse is kept on the connection, so it never reaches another thread.
    """
    vars(connection)["excused_depth"] = depth


def on_its_own(service: str) -> AbstractContextManager[Any]:
    """For one statement that may fail: a transaction of its own, which nobody has to begin where none is open."""
    return atomic(using=service) if connections[service].in_atomic_block else nullcontext()


def joined(service: str) -> AbstractContextManager[Any]:
    """The transaction that is open, or one of its own. What fails within fails all of it, so there is no savepoint."""
    return atomic(using=service, savepoint=not _is_open(connections[service]))


def _is_open(connection: BaseDatabaseWrapper) -> bool:
    if connection.connection is None:
        return False
    excused = vars(connection).get("excused_depth", 0)
    if excused:
        return bool(len(connection.atomic_blocks) > excused)
    by_hand = not connection.autocommit or _driver_says_open(connection.connection)
    return bool(connection.in_atomic_block or by_hand)


def _driver_says_open(driver_connection: Any) -> bool:
    """A BEGIN sent by hand is known to the driver alone: sqlite3 says `in_transaction`, psycopg a status.

    A connection that is lost has lost its transaction, too.
    """
    if hasattr(driver_connection, "in_transaction"):
        return bool(driver_connection.in_transaction)
    return driver_connection.info.transaction_status.name not in {"IDLE", "UNKNOWN"}
