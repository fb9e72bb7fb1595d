"""Where users asks about people, and nobody else does."""

import pytest
from rest_framework.test import APIClient

from chassis.callers import Caller

pytestmark = pytest.mark.django_db
PLACES = ("/internal/orders/v1/subjects/usr_ana", "/internal/payments/v1/subjects/usr_ana")


def client_of(id, kind, *scopes):
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(user=Caller(id=id, kind=kind, scopes=frozenset(scopes)))
    return client


@pytest.fixture
def users():
    return client_of("service:users", "service", "subjects:write")


@pytest.mark.parametrize("place", PLACES)
def test_of_whom_nothing_is_known_nothing_is_told_and_nothing_is_in_the_way(users, place):
    assert users.get(place).json() == {"data": [], "next": None}
    assert users.get(f"{place}/erasure").json()["status"] == "possible"


@pytest.mark.parametrize("place", PLACES)
def test_users_has_somebody_erased(users, place, settings):
    settings.ERASURE_SETTLE_SECONDS = 0

    answers = [users.post(f"{place}/erasure", {"key": "erase:1"}).json() for _ in range(2)]

    assert answers[0] == answers[1] == {"status": "completed", "reason": "", "retained_until": None, "seconds": 0}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "caller",
    [
        ("service:users", "service", "announcements:write"),
        ("service:payments", "service", "subjects:write"),
        ("usr_root", "user", "subjects:write", "users:admin"),
    ],
)
def test_nobody_else_does(place, caller):
    asking = client_of(*caller)

    answers = [asking.get(place), asking.get(f"{place}/erasure"), asking.post(f"{place}/erasure", {"key": "k"})]

    assert [answer.status_code for answer in answers] == [403] * 3


@pytest.mark.parametrize("place", PLACES)
def test_a_command_without_a_name_is_none(users, place):
    assert users.post(f"{place}/erasure", {}).status_code == 400
    assert users.get(f"{place}?before=x").status_code == 400
