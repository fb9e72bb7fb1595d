"""Who may call whom is declared, and it is what the clients do and what services announce."""

import re
from importlib import import_module
from itertools import permutations

from chassis.outbox import Event
from chassis.topology import SERVICES
from config.declarations import ANNOUNCED, ASKED, declared, upkeep
from config.routes import owner
from tests.contracts.consumers import read_recordings


def recorded():
    """What each client was seen to ask for, with ids where the document has names."""
    return {
        re.sub(r"{\w+}", "{id}", asked["operation"])
        for recording in read_recordings().values()
        for method in recording.values()
        for asked in method
    }


def subscribers():
    """Who hears of what, by who announces it, as the events say."""
    found = {service: set() for service in SERVICES}
    for service in SERVICES:
        for event in vars(import_module(f"apps.{service}.events")).values():
            if isinstance(event, type) and issubclass(event, Event):
                found[service].update(event.subscribers)
    return {service: heard for service, heard in found.items() if heard}


def test_what_is_declared_is_what_the_clients_ask_for():
    assert {call for calls in ASKED.values() for call in calls} == recorded()


def test_who_announces_to_whom_is_what_the_events_say():
    assert {service: {*heard} for service, heard in ANNOUNCED.items()} == subscribers()


def test_everything_that_is_declared_belongs_to_who_is_asked():
    wrong = [
        call
        for caller, neighbour in permutations(SERVICES, 2)
        for call in [*declared(caller, neighbour), *upkeep(neighbour)]
        if owner(call.split()[1]) != neighbour
    ]

    assert wrong == []


def test_no_service_declares_what_it_asks_of_itself():
    assert [pair for pair in ASKED if pair[0] == pair[1]] == []
    assert [service for service, heard in ANNOUNCED.items() if service in heard] == []
