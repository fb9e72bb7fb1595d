"""What every test has: the databases of the hosted services, quick password hashes, and a client that speaks HTTP."""

from math import inf

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.db.models.signals import post_migrate
from django.urls import get_resolver
from rest_framework.test import APIClient

from chassis import api_keys, guards, pauses, revocations, throttles, tokens
from chassis.insert_only import guarded, lift
from chassis.keys import key_ring
from chassis.topology import SERVICES
from chassis.transactions import excuse_open_transactions

# Each client makes the middleware anew, which would otherwise look at every static file.
django_settings.WHITENOISE_AUTOREFRESH = True


def pytest_collection_modifyitems(items):
    """There is no default database, so every test of one says which: those of the hosted services."""
    for item in items:
        for marker in item.iter_markers("django_db"):
            marker.kwargs.setdefault("databases", list(django_settings.TOPOLOGY.hosted))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Django's own permissions, which nobody asks about, are not made anew after each test that empties tables."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    _lift_guards(django_db_blocker)


def _lift_guards(django_db_blocker):
    """SQLite empties tables row by row after a test, so what is insert-only is guarded there in the tests of that."""
    with django_db_blocker.unblock():
        for connection in connections.all():
            if connection.vendor == "sqlite":
                for table in guarded(connection, connection.introspection.table_names()):
                    lift(connection, table)


@pytest.fixture(autouse=True)
def excused(request):
    """The transactions that pytest-django wraps around a test are its own: calls may be made within them."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_django_db_helper")
    for connection in connections.all(initialized_only=True):
        excuse_open_transactions(connection, depth=len(connection.atomic_blocks))
    yield
    for connection in connections.all(initialized_only=True):
        excuse_open_transactions(connection, depth=0)


@pytest.fixture(scope="session", autouse=True)
def routes_of_the_process():
    """Made before any test gives a service other routes: they are made once in a process, whoever asks first."""
    return get_resolver().url_patterns


@pytest.fixture(autouse=True)
def nobody_known():
    """What a process remembers of keys, tokens and neighbours is forgotten: each test begins as a process does."""
    key_ring.cache_clear()
    tokens._verified._callers.clear()
    api_keys._remembered._callers.clear()
    tokens._service_tokens.clear()
    throttles._made.clear()
    guards._guards.clear()
    revocations._watch.cache_clear()


@pytest.fixture(autouse=True)
def nobody_moves(monkeypatch):
    """Whoever has just looked where the rows are does not look again, so that a test without a database needs none."""
    monkeypatch.setattr(pauses, "_looked_at", dict.fromkeys(SERVICES, inf))


@pytest.fixture(autouse=True)
def nobody_revoked(request, monkeypatch):
    """The same of revocations."""
    if not request.node.get_closest_marker("django_db"):
        monkeypatch.setattr(revocations.Watch, "_look", lambda _: None)


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def api():
    """A client of the whole process, as over a socket: a crash is an answer, not an exception."""
    return APIClient(raise_request_exception=False)
