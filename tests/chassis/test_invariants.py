"""What each service says of its own soundness, and to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.users.models import User
from chassis import invariants
from chassis.audits import record
from chassis.identifiers import new_id
from chassis.invariants import SCOPE, Invariants, Span, Violation, each
from chassis.tokens import service_token, user_token
from chassis.topology import SERVICES

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(api):
    """What a service answers: `asked("orders", "/heard", settled_before=…)`."""

    def ask(service, path="", token="", **query):
        token = token or service_token("users", service, SCOPE)
        query = {"settled_before": timezone.now().isoformat(), **query}
        return api.get(f"/internal/{service}/v1/invariants{path}", query, headers={"Authorization": f"Bearer {token}"})

    return ask


@pytest.fixture
def users():
    """Makes people, and returns their ids in order."""

    def made(count):
        people = [User(id=new_id("usr"), email=f"{n}@example.com", password="!") for n in range(count)]
        return sorted(person.id for person in User.objects.bulk_create(people))

    return made


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_says_what_its_rows_contradict(asked, service):
    assert asked(service).json() == {"data": []}


def test_it_is_for_services_alone(asked):
    people = user_token(user_id="usr_1", scope=SCOPE, roles=["admin"], email="a@example.com", client_id="browser")
    strangers = {people: 403, service_token("users", "orders", "announcements:write"): 403}

    assert {token: asked("orders", token=token).status_code for token in strangers} == strangers
    assert {token: asked("orders", "/orders", token=token).status_code for token in strangers} == strangers


@pytest.mark.parametrize("given", ["", "yesterday", "2026-11-28T10:00:00"])
def test_whoever_asks_says_what_is_settled(asked, given):
    answer = asked("orders", settled_before=given)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_there_are_no_facts_of_another_kind(asked):
    assert asked("users", "/orders").status_code == 404


def test_facts_come_by_pages_in_the_order_of_their_keys(users):
    people, now = users(3), timezone.now()

    pages = [invariants.facts("users", "users", Span(now, after=after, limit=2)) for after in ("", people[1])]

    assert [[fact["key"] for fact in page["data"]] for page in pages] == [people[:2], people[2:]]
    assert [page["next"] for page in pages] == [people[1], None]


def test_facts_are_told_up_to_a_key(asked, users):
    people = users(3)

    answer = asked("users", "/users", after=people[0], until=people[1]).json()

    assert answer == {"data": [{"key": people[1], "is_erased": False}], "next": None}


def test_what_has_just_changed_is_not_settled():
    record("orders", "product.created", "prd_1")
    before = timezone.now() - timedelta(minutes=15)

    assert invariants.violations("orders", before) == []


def test_a_violation_is_told_with_the_values_of_its_row():
    rows = [{"id": "prd_1", "reserved": 3, "held": 2}]

    assert list(each("I4", rows, "{reserved} are reserved, {held} held")) == [
        Violation("I4", "prd_1", "3 are reserved, 2 held")
    ]


def test_what_every_service_has_and_what_one_has_of_its_own_is_checked():
    def check():
        return ()

    both = Invariants((check,), facts={"a": list}) | Invariants((check,), (check,), {"b": list})

    assert (len(both.checks), len(both.eventual), {*both.facts}) == (2, 1, {"a", "b"})
