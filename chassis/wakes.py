"""Waking the workers, so that what was just committed need not wait for their next look.

Within a process an event does it, between processes PostgreSQL's NOTIFY; workers of an SQLite file that run elsewhere
look every second.
"""

import logging
import threading
from typing import Any

from django.db import connections, transaction

CHANNEL = "tearline_work"
LISTEN_SECONDS = 1.0
logger = logging.getLogger("tearline")

_something_to_do = threading.Event()


def wake() -> None:
    """Tell the worker of this process, if it has one, that there is work."""
    _something_to_do.set()


def wake_on_commit(service: str) -> None:
    """Tell every worker of the service that there is work, once the open transaction is committed. Twice is once."""
    if any(wake in entry for entry in connections[service].run_on_commit):
        return
    transaction.on_commit(wake, using=service)
    if connections[service].vendor == "postgresql":
        with connections[service].cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


def waking(service: str) -> str:
    """The expression with which a statement that makes work wakes the workers elsewhere; empty where nothing can."""
    return f"pg_notify('{CHANNEL}', '')" if connections[service].vendor == "postgresql" else ""


def sleep(seconds: float) -> None:
    """Wait until woken, `seconds` at most."""
    _something_to_do.wait(seconds)
    _something_to_do.clear()


def listen(service: str, stopping: threading.Event) -> None:
    """Wake this process whenever another one says that the service has work, until `stopping`.

    Returns at once where the database cannot tell. A lost connection is made anew.
    """
    import psycopg

    if connections[service].vendor != "postgresql":
        return
    while not stopping.is_set():
        try:
            _listen(psycopg.connect(**_place(service), autocommit=True), stopping)
        except psycopg.Error as exc:
            logger.warning("nobody wakes the worker of %s, which goes on looking by itself: %s", service, exc)
            stopping.wait(LISTEN_SECONDS)


def _listen(connection: Any, stopping: threading.Event) -> None:
    with connection:
        connection.execute(f"LISTEN {CHANNEL}")
        wake()
        while not stopping.is_set():
            for _ in connection.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                wake()


def _place(service: str) -> dict[str, Any]:
    """The database, as its driver is told of it: this connection waits for news, so it is none of the pool's."""
    told = connections[service].get_connection_params()
    driver_words = {word: told[word] for word in told if word not in {"context", "cursor_factory", "prepare_threshold"}}
    return {**driver_words, "application_name": f"tearline-{service}-listener", "connect_timeout": 5}
