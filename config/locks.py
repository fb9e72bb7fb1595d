"""One move at a time, of whatever is in a database: a lock that ends with whoever holds it, however that ends."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

KEY = 0x7EA2


class LockTaken(Exception):
    """Somebody else is moving what is there."""


@contextmanager
def locked(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Nobody else moves this database's service in the block. Raises LockTaken at once where somebody does."""
    with _postgres(connection) if connection.vendor == "postgresql" else _folder(connection):
        yield


@contextmanager
def _postgres(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Held by a connection of its own, which nobody closes or hands on while the move goes on."""
    own = connections.create_connection(connection.alias)
    with closing(own), own.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [KEY])
        if not cursor.fetchone()[0]:
            raise LockTaken("another move is under way")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])


@contextmanager
def _folder(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """The folder stands for the files in it: a lock on an SQLite file itself would get in SQLite's way."""
    import fcntl

    folder = os.open(Path(connection.settings_dict["NAME"]).resolve().parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise LockTaken("another move is under way") from exc
        yield
    finally:
        os.close(folder)
