"""Times as the driver reads them."""

from typing import Any

from psycopg import adapters
from psycopg.postgres import types
from psycopg.pq import Format

_COMPILED = adapters.get_loader(types["timestamptz"].oid, Format.TEXT)


def read_quickly(cursor: Any) -> None:
    """Let a cursor of Django's read times in the zone of its connection, which is UTC.

    The driver's own reading is compiled. Django's is not, and takes as long as the query does.
    """
    cursor.cursor.adapters.register_loader("timestamptz", _COMPILED)
