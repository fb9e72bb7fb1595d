"""A pytest plugin: a run fails if it loaded any module of a service that its process does not host."""

import sys


def strangers(hosted):
    """The loaded modules of services that are not hosted."""
    from chassis.topology import SERVICES

    absent = tuple(f"apps.{service}" for service in SERVICES if service not in hosted)
    return [name for name in sys.modules if name.startswith(absent)]


def pytest_sessionfinish(session):
    from django.conf import settings

    if loaded := strangers(settings.TOPOLOGY.hosted):
        print(f"\nnot hosted here, and loaded: {', '.join(loaded)}")
        session.exitstatus = 1
