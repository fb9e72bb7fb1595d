"""How often anybody may ask, and what they hear about it."""

import threading
from collections import Counter

import pytest
import time_machine
from django.test import RequestFactory
from django.urls import path
from redis.exceptions import ConnectionError as Away
from rest_framework.response import Response

from chassis import throttles
from chassis.permissions import Anyone, scope
from chassis.rates import Rate
from chassis.throttles import address_of, spend
from chassis.tokens import service_token, user_token
from chassis.views import View

pytestmark = pytest.mark.django_db


class Things(View):
    permission_classes = [Anyone]
    throttle_scopes = {"POST": "register"}
    idempotency = "natural"

    def get(self, request):
        return Response({})

    post = get


class Secrets(Things):
    permission_classes = [scope("secrets:read")]


@pytest.fixture(autouse=True)
def rates(settings, mount):
    """Few enough to be spent: 3 for an address, 2 for a caller, 1 to register."""
    settings.RATES = {"address": Rate(3, 60), "caller": Rate(2, 60), "register": Rate(1, 60)}
    mount(orders=[path("things", Things.as_view()), path("secrets", Secrets.as_view())])


def token(user_id="usr_ana"):
    who = {"scope": "", "roles": [], "email": "ana@example.com", "client_id": "web"}
    return {"HTTP_AUTHORIZATION": f"Bearer {user_token(user_id=user_id, **who)}"}


def statuses(api, times, path="/v1/things", **headers):
    return [api.get(path, **headers).status_code for _ in range(times)]


def test_nobody_in_particular_is_counted_by_address(api):
    assert statuses(api, 4) == [200, 200, 200, 429]
    assert statuses(api, 1, REMOTE_ADDR="10.0.0.2") == [200]


def test_a_caller_is_counted_by_who_it_is_wherever_it_asks_from(api):
    assert statuses(api, 2, **token()) == [200, 200]
    assert statuses(api, 1, REMOTE_ADDR="10.0.0.2", **token()) == [429]
    assert statuses(api, 1, **token("usr_ben")) == [200]


def test_programs_are_counted_with_the_person_that_they_ask_for(api):
    for_ana = user_token(user_id="usr_ana", scope="", roles=[], email="", client_id="cli_1")

    assert statuses(api, 1, **token()) == [200]
    assert statuses(api, 2, HTTP_AUTHORIZATION=f"Bearer {for_ana}") == [200, 429]


def test_a_scope_of_its_own_is_counted_beside_the_others(api):
    assert [api.post("/v1/things").status_code for _ in range(2)] == [200, 429]
    assert statuses(api, 1) == [200]


def test_refused_credentials_are_counted_by_address(api):
    assert statuses(api, 4, HTTP_AUTHORIZATION="Bearer nonsense") == [401, 401, 401, 429]


def test_what_one_may_not_do_is_counted_too(api):
    assert statuses(api, 3, "/v1/secrets", **token()) == [403, 403, 429]


def test_addresses_that_nobody_claims_are_counted(api):
    assert statuses(api, 4, "/v1/nothing") == [404, 404, 404, 429]


def test_services_are_not_counted(api, settings):
    as_service = {"HTTP_AUTHORIZATION": f"Bearer {service_token('payments', 'orders', 'any')}"}

    assert statuses(api, 5, **as_service) == [200] * 5


def test_every_answer_says_what_is_left_and_a_refusal_when_there_is_more(api):
    answers = [api.get("/v1/things") for _ in range(4)]

    assert {answer["RateLimit-Policy"] for answer in answers} == {'"address";q=3;w=60'}
    assert [answer["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1]["RateLimit"].endswith(f"t={answers[-1]['Retry-After']}")


def test_a_refusal_is_a_problem_that_names_the_rate(api):
    answer = [api.get("/v1/things") for _ in range(4)][-1]

    assert (answer["Content-Type"], answer.json()["code"]) == ("application/problem+json", "rate_limited")
    assert answer.json()["violated_policies"] == ["address"]


def test_after_the_time_that_was_told_there_is_room_again(api):
    with time_machine.travel("2026-11-23 12:00:00Z", tick=False) as clock:
        refused = [api.get("/v1/things") for _ in range(4)][-1]
        clock.shift(int(refused["Retry-After"]) - 1)
        assert statuses(api, 1) == [429]
        clock.shift(2)

        assert statuses(api, 1) == [200]


def test_of_many_at_once_exactly_as_many_pass_as_may():
    passed: Counter[bool] = Counter()

    def ask():
        passed[spend("orders", "address", "10.0.0.1").is_allowed] += 1

    threads = [threading.Thread(target=ask) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert passed == {True: 3, False: 57}


def test_each_service_counts_for_itself():
    assert [spend(service, "register", "x").is_allowed for service in ("users", "orders", "users")] == [
        True,
        True,
        False,
    ]


def test_what_a_client_says_of_its_address_is_not_believed(api):
    told = [{"HTTP_X_FORWARDED_FOR": f"10.1.1.{number}"} for number in range(4)]

    assert [api.get("/v1/things", **header).status_code for header in told] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("proxies", "told", "remote", "address"),
    [
        (0, "1.1.1.1", "9.9.9.9", "9.9.9.9"),
        (1, "6.6.6.6, 1.1.1.1", "9.9.9.9", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "9.9.9.9", "1.1.1.1"),
        (2, "1.1.1.1", "9.9.9.9", "1.1.1.1"),
        (1, "", "9.9.9.9", "9.9.9.9"),
        (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "unknown", "9.9.9.9", "unknown"),
    ],
)
def test_an_address_is_what_the_outermost_proxy_of_ours_saw(settings, proxies, told, remote, address):
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=told)

    assert address_of(request) == address


def test_while_valkey_is_away_each_process_counts_and_does_not_wait_for_it(api, settings, monkeypatch):
    settings.VALKEY_URL = "redis://127.0.0.1:1/0"
    tried = []

    def away(limiter, item, *who):
        if limiter is throttles._counters()._shared:
            tried.append(who)
            raise Away
        return real(limiter, item, *who)

    real = throttles._hit
    monkeypatch.setattr(throttles, "_hit", away)

    assert statuses(api, 4) == [200, 200, 200, 429]
    assert len(tried) == 1
