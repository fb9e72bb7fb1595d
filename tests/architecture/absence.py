"""A pytest plugin: a test fails if, by its end, any module of a service is loaded that the process does not host."""

import sys

import pytest


def strangers(hosted):
    """The loaded modules of services that are not hosted."""
    from chassis.topology import SERVICES

    absent = tuple(f"apps.{service}" for service in SERVICES if service not in hosted)
    return [name for name in sys.modules if name.startswith(absent)]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown():
    from django.conf import settings

    assert not strangers(settings.TOPOLOGY.hosted)
