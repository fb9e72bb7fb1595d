"""The same table for calls that take the short cut, and the proof that it would see one that is simply believed."""

import re
from types import SimpleNamespace

import pytest
import requests
from django.conf import settings

from apps.users.models import User
from apps.users.services.api_keys import create_api_key
from chassis.topology import SERVICES, topology
from chassis.transports import InProcess
from config.permissions import NO, WHO, YES, table
from tests.equivalence import plants
from tests.permissions.principals import headers, keys
from tests.permissions.test_table import NOWHERE, is_asked_who

pytestmark = pytest.mark.django_db


def decisions_that_differ():
    """What calls in process are answered, where the table says something else."""
    said = headers(SimpleNamespace(url=topology().public_url, folder=settings.VAR_DIR), keys(made_key))
    return [
        f"{operation}, asked by {name}"
        for service in SERVICES
        for operation, cells in table(service).items()
        for name, header in said.items()
        if cells.get(name, WHO) != ask(service, operation, header)
    ]


def made_key(scopes):
    customer = User.objects.get_or_create(email="keys@example.com")[0]
    return create_api_key(user_id=customer.id, name="theirs", scopes=scopes)[1]


def ask(service, operation, header):
    method, path = operation.split()
    address = topology().public_url + re.sub(r"\{\w+\}", NOWHERE, path)
    asked = requests.Request(method, address, headers={**header, "If-Match": "*"}, json={"nothing": 1}).prepare()
    answer = InProcess(service).send(asked)
    if answer.status_code == 403:
        return NO
    return WHO if is_asked_who(answer) else YES


def test_a_call_in_process_is_decided_as_the_table_says():
    assert decisions_that_differ() == []


def test_a_call_in_process_that_is_simply_believed_is_seen(monkeypatch):
    def replace(owner, name, new):
        old = getattr(owner, name)
        monkeypatch.setattr(owner, name, new)
        return old

    monkeypatch.setattr(plants, "_replace", replace)
    plants.authentication_skipped_in_process()

    assert len(decisions_that_differ()) > 100
