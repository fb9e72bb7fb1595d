"""Where a process goes on when a service's rows have moved."""

import threading
from contextlib import closing, contextmanager

import pytest
from django.db import DatabaseError, IntegrityError, connections
from django.db.utils import ConnectionHandler

from chassis import pauses
from chassis.pauses import LOOK_SECONDS, REFUSAL, TABLE, Mark, configured, follow, keep_up, read_mark
from chassis.problems import ServicePaused

SHELF = "shelf"


class Places:
    """Two SQLite files, the first of which is the service's; an address is the file's path."""

    def __init__(self, folder):
        self.old, self.new = folder / "old.sqlite3", folder / "new.sqlite3"

    def mark(self, file, state, address="", until=None):
        """Mark a file by the one move there is."""
        with connected(file) as cursor:
            cursor.execute(f"CREATE TABLE {TABLE} (id text, state text, until real, address text)")
            cursor.execute(f"INSERT INTO {TABLE} VALUES ('one', %s, %s, %s)", [state, until, str(address)])

    def mark_of(self, file):
        with closing(connected_to(file)) as connection:
            return read_mark(connection)

    @property
    def current(self):
        """Where this thread is."""
        return connections[SHELF].settings_dict["NAME"]


@pytest.fixture
def places(tmp_path, monkeypatch, django_db_blocker):
    monkeypatch.setattr(pauses, "_looked_at", {})
    monkeypatch.setattr(pauses, "unsealed", lambda _, address: at(address))
    places = Places(tmp_path)
    with django_db_blocker.unblock():
        connections.settings[SHELF] = configured(SHELF, at(places.old))
        yield places
        connections[SHELF].close()
    del connections[SHELF], connections.settings[SHELF]


def at(file):
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}


def connected_to(file):
    return ConnectionHandler({"default": {}, SHELF: configured(SHELF, at(file))})[SHELF]


@contextmanager
def connected(file):
    with closing(connected_to(file)) as connection, connection.cursor() as cursor:
        yield cursor


def test_without_a_mark_nobody_goes_anywhere(places):
    follow(SHELF)

    assert places.current == str(places.old)


def test_while_rows_are_copied_everybody_stays(places):
    places.mark(places.old, "copied", places.new)

    follow(SHELF)

    assert places.current == str(places.old)


def test_whoever_finds_a_database_that_was_left_goes_where_it_leads(places):
    places.mark(places.old, "left", places.new)

    follow(SHELF)

    assert places.current == str(places.new)


def test_whoever_is_where_the_rows_have_not_yet_arrived_goes_where_they_still_are(places):
    places.mark(places.old, "filled", places.new)

    follow(SHELF)

    assert places.current == str(places.new)


def test_the_first_to_follow_opens_the_new_place_in_a_moment(places):
    places.mark(places.old, "left", places.new)
    places.mark(places.new, "filled", places.old)

    follow(SHELF)

    assert places.current == str(places.new)
    assert places.mark_of(places.new).until is not None


def test_every_thread_of_the_process_goes_along(places):
    places.mark(places.old, "left", places.new)
    seen = []
    arrived, moved = threading.Event(), threading.Event()

    def other():
        seen.append(places.current)
        arrived.set()
        moved.wait(10)
        keep_up(SHELF)
        seen.append(places.current)
        connections[SHELF].close()

    thread = threading.Thread(target=other)
    thread.start()
    arrived.wait(10)
    keep_up(SHELF)
    moved.set()
    thread.join()

    assert seen == [str(places.old), str(places.new)]


def test_a_process_looks_once_in_a_while_and_not_at_every_request(places, monkeypatch):
    looks = []
    monkeypatch.setattr(pauses, "follow", looks.append)

    for _ in range(10):
        keep_up(SHELF)
    pauses._looked_at[SHELF] -= LOOK_SECONDS
    keep_up(SHELF)

    assert looks == [SHELF] * 2


def test_databases_that_send_each_other_round_in_a_circle_are_a_crash(places):
    places.mark(places.old, "left", places.new)
    places.mark(places.new, "left", places.old)

    with pytest.raises(RuntimeError, match="circle"):
        follow(SHELF)


@pytest.mark.parametrize(
    ("state", "until", "leads_on"),
    [("left", None, True), ("filled", None, True), ("filled", 1.0, False), ("copied", 1.0, False)],
)
def test_what_leads_on_is_a_place_that_was_left_or_is_not_yet_open(state, until, leads_on):
    assert Mark("one", state, until, "").leads_on is leads_on


def test_a_write_that_the_database_refuses_is_a_503_that_says_when_to_come_again():
    with pytest.raises(ServicePaused) as refused:
        pauses._translate(
            raising(IntegrityError(f"{REFUSAL}\nCONTEXT: a trigger")), "INSERT", None, many=False, context={}
        )

    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})


def test_any_other_error_of_the_database_stays_what_it_is():
    with pytest.raises(DatabaseError, match="no such table"):
        pauses._translate(raising(DatabaseError("no such table")), "SELECT", None, many=False, context={})


def raising(error):
    def execute(*_):
        raise error

    return execute
