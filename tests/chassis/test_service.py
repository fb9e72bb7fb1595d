"""What every service does of its own accord."""

import pytest
from django.apps import apps

from chassis.service import Job, ServiceConfig
from chassis.topology import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_label_names_its_database_and_its_part_of_the_route_table(service, settings):
    config = apps.get_app_config(service)

    assert isinstance(config, ServiceConfig)
    assert config.label == service
    assert service in settings.DATABASES


def test_a_service_announces_reacts_does_its_own_and_forgets(monkeypatch):
    config = apps.get_app_config("orders")
    monkeypatch.setattr(config, "own_jobs", lambda: [Job("own", lambda worker: 0)])

    names = [
        "keep up",
        "relay",
        "react",
        "own",
        *(["operations", "old operations"] if config.operations() else []),
        "mail",
        "known answers",
        "unread answers",
        "tell webhooks",
        "send webhooks",
        "old webhooks",
        "forget",
        "keys",
        "old revocations",
    ]
    assert [job.name for job in config.jobs()] == names


@pytest.mark.django_db
@pytest.mark.parametrize("service", SERVICES)
def test_with_nothing_to_do_no_job_finds_anything(service):
    assert [job.run("worker") for job in apps.get_app_config(service).jobs()] == [0] * len(
        apps.get_app_config(service).jobs()
    )
