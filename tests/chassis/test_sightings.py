"""What each service tells of itself to whoever draws the map."""

import pytest
from django.core.cache import cache

from chassis import traffic
from chassis.sightings import SCOPE, Sighting, sighting
from chassis.tokens import service_token, user_token
from chassis.topology import SERVICES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_seen():
    traffic.forget()
    cache.clear()


def observations(api, service, token):
    return api.get(f"/internal/{service}/v1/observations", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_tells_the_others_what_it_saw(api, service):
    asking = next(name for name in SERVICES if name != service)

    told = observations(api, service, service_token(asking, service, SCOPE))
    read = Sighting.of_json(told.json())

    assert (told.status_code, read.service, read.hosted) == (200, service, SERVICES)
    assert (read.waiting, read.transports) == (0, dict.fromkeys(SERVICES, "in_process"))
    assert read.version


def test_it_is_for_services_alone(api):
    people = user_token(user_id="usr_1", scope=SCOPE, roles=["admin"], email="a@example.com", client_id="browser")
    strangers = {"": 401, people: 403, service_token("users", "orders", "announcements:write"): 403}

    decided = {token: observations(api, "orders", token).status_code for token in strangers}

    assert decided == strangers


def test_what_is_told_is_what_was_seen():
    told = sighting("orders")

    assert Sighting.of_json(told.as_json()) == told


@pytest.mark.parametrize("told", [None, [], {}, {"service": "orders"}])
def test_what_is_no_sighting_is_not_taken_for_one(told):
    with pytest.raises((KeyError, TypeError)):
        Sighting.of_json(told)
