"""What a worker has in hand when its process ends is picked up by the next one at once, not when leases run out."""

import os
import socket
import sqlite3
import threading
from contextlib import closing, contextmanager

import pytest

from deploy.processes import PYTHON, Child, free_ports, wait_for, wait_until
from tests.proving import rarely
from tests.topologies.environments import environment
from tests.topologies.stores import SqliteStore
from tests.topologies.templates import database_urls, template

pytestmark = pytest.mark.timeout(120)

NOW = "2026-01-01 00:00:00.000000"
EVENTS = 3


class Payments:
    """Payments in a process of its own, telling things to an orders that listens and never answers."""

    def __init__(self, folder, orders_url):
        (self.port,) = free_ports(1)
        self.folder, self.database = folder, folder / "payments.sqlite3"
        (folder / "watched.py").write_text("from config.settings import *\n")
        self.here = {
            **environment(SERVICES="payments", VAR_DIR=str(folder), DEBUG="true", PORT=str(self.port)),
            **database_urls(SqliteStore(folder)),
            "PUBLIC_URL": "http://127.0.0.1:9",
            "USERS_URL": "http://127.0.0.1:9",
            "ORDERS_URL": orders_url,
            "PYTHONPATH": str(folder),
            "DJANGO_SETTINGS_MODULE": "watched",
        }

    def starts(self, *command):
        return Child([PYTHON, "manage.py", *command], self.here, self.folder / "log")

    def has_something_to_tell(self):
        """Facts of different streams, so that a worker leases them all and is stuck with the first."""
        with closing(sqlite3.connect(self.database)) as database, database:
            for number in range(EVENTS):
                event = f"evt_{number:026}"
                database.execute(EVENT, (event, f"stream-{number}", NOW))
                database.execute(DELIVERY, (f"stream-{number}", NOW, event))

    def holders(self):
        """Which workers hold leases."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            query = "SELECT DISTINCT leased_by FROM payments_delivery WHERE leased_by <> ''"
            return {name for (name,) in database.execute(query)}


EVENT = (
    "INSERT INTO payments_outboxevent (id, stream, number, type, data, request_id, occurred_at)"
    " VALUES (?, ?, 1, 'payment.succeeded', '{}', '', ?)"
)
DELIVERY = (
    "INSERT INTO payments_delivery (stream, number, subscriber, due_at, leased_by, failures, last_failure, event_id)"
    " VALUES (?, 1, 'orders', ?, '', 0, '', ?)"
)


@contextmanager
def silence():
    """A listener that accepts connections and says nothing; the block gets its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []
        threading.Thread(target=accept_all, args=(server, taken), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for connection in taken:
            connection.close()


def accept_all(server, taken):
    while True:
        try:
            taken.append(server.accept()[0])
        except OSError:
            return


@pytest.fixture
def payments(tmp_path):
    source, target = template("sqlite").folder / "payments.sqlite3", tmp_path / "payments.sqlite3"
    target.write_bytes(source.read_bytes())
    with silence() as orders_url:
        yield Payments(tmp_path, orders_url)


@pytest.mark.prove
def test_a_reload_gives_back_what_the_worker_holds(payments):
    child = payments.starts("runserver", f"127.0.0.1:{payments.port}")
    try:
        wait_for(f"http://127.0.0.1:{payments.port}/readyz", [child])
        payments.has_something_to_tell()
        (before,) = wait_until(payments.holders, what="a lease")

        os.utime(payments.folder / "watched.py", (2**31, 2**31))
        wait_until(lambda: payments.holders() - {before}, seconds=30, what="the next worker to take over")

        assert before not in payments.holders()
    finally:
        child.end()


@pytest.mark.parametrize(
    "command",
    [("work",), *rarely(("runserver", "--noreload"))],
    ids=lambda command: command[0],
)
def test_a_server_or_worker_that_is_told_to_end_gives_back_what_it_holds(payments, command):
    payments.has_something_to_tell()
    where = (f"127.0.0.1:{payments.port}",) if command[0] == "runserver" else ()
    child = payments.starts(*command, *where)
    wait_until(payments.holders, what="a lease")

    child.end()

    assert payments.holders() == set()
