"""Whether a service can do its work."""

import pytest
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from chassis import readiness
from chassis.problems import DependencyUnavailable
from chassis.readiness import require_ready

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch):
    monkeypatch.setattr(readiness, "_migrated", set())


def test_a_service_whose_tables_are_there_is_ready():
    require_ready("orders")


def test_a_service_is_not_ready_until_its_last_migration_is_applied():
    MigrationRecorder(connections["orders"]).record_unapplied("orders", "0001_initial")

    with pytest.raises(DependencyUnavailable, match="0001_initial"):
        require_ready("orders")

    MigrationRecorder(connections["orders"]).record_applied("orders", "0001_initial")
    require_ready("orders")


def test_a_database_that_is_ahead_is_that_of_a_newer_process():
    MigrationRecorder(connections["orders"]).record_applied("orders", "9999_of_tomorrow")

    require_ready("orders")


def test_each_service_answers_for_its_own_database(client):
    MigrationRecorder(connections["payments"]).record_unapplied("payments", "0001_initial")

    assert client.get("/services/orders/readyz").status_code == 200
    assert client.get("/services/payments/readyz").status_code == 503
    assert client.get("/readyz").status_code == 503
