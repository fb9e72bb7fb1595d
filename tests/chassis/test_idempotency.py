"""The same command sent twice is done once, and answered the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.db.transaction import on_commit
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.test import APIClient

from apps.orders.models import IdempotencyRecord, Product
from chassis import idempotency
from chassis.callers import Caller
from chassis.idempotency import forget_answers, forget_old_answers
from chassis.methods import Method
from chassis.permissions import Anyone
from chassis.views import View
from tests.chassis.shelves import InSteps, Natural, Newer, Required, Shelf

pytestmark = pytest.mark.django_db

FOR_ANA = Caller(id="usr_ana", kind="user", client_id="key_1", on_behalf_of="usr_ana")
KEY = "0123456789-0123456789-0123456789"


@pytest.fixture
def shelf(mount):
    """The shelf's routes; a command is `put(key, sku=…)`, by default of a customer."""
    views = {
        "accepted": Shelf,
        "required": Required,
        "natural": Natural,
        "steps": InSteps,
        "shown": Shown,
        "newer": Newer,
    }
    routes = [path(name, view.as_view()) for name, view in views.items()]
    mount(orders=[*routes, path("shelves/<name>", Shelf.as_view())])


def client_of(caller):
    client = APIClient(raise_request_exception=False)
    if caller:
        client.force_authenticate(caller if isinstance(caller, Caller) else Caller(id=caller, kind="user"))
    return client


@pytest.fixture
def put(shelf):
    def put(key=KEY, sku="one", to="accepted", caller="usr_ana", **body):
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key is not None else {}
        return client_of(caller).post(f"/v1/{to}", {"sku": sku, **body}, **headers)

    return put


def shelved():
    return sorted(Product.objects.values_list("sku", flat=True))


def test_a_version_that_works_through_an_older_one_claims_the_key_once(put):
    first, second = put(to="newer"), put(to="newer")

    assert (first.status_code, second.json()) == (201, first.json())


def test_a_command_repeated_with_its_key_is_done_once_and_answered_the_same(put):
    first, second = put(), put()

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first["Location"] == second["Location"]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert shelved() == ["one"]


def test_a_repeated_command_gets_the_same_etag_too(shelf):
    client = client_of("usr_ana")

    first, second = (client.post("/v1/shown", {}, HTTP_IDEMPOTENCY_KEY=KEY) for _ in range(2))

    assert first["ETag"] == second["ETag"]
    assert first.content == second.content


@dataclass
class Versioned:
    name: str
    version: int


class Named(serializers.Serializer):
    name = serializers.CharField()


class Shown(View):
    permission_classes = [Anyone]
    methods = {"POST": Method("Name", shows={201: Named})}

    def post(self, request):
        return self.show(Versioned("Thing", 3), status=201, location="/v1/shown/1")


# Where keys are asked for


def test_a_key_is_required_where_the_view_says_so(put):
    answer = put(None, to="required")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert shelved() == []
    assert put(to="required").status_code == 201


def test_elsewhere_a_command_without_a_key_is_done_each_time(put):
    assert [put(None, sku=sku).status_code for sku in ("one", "two")] == [201, 201]
    assert not IdempotencyRecord.objects.exists()


def test_a_command_that_carries_its_own_key_needs_no_other(put):
    first, second = put(to="natural"), put(to="natural")

    assert first.json() != second.json()
    assert not IdempotencyRecord.objects.exists()


def test_a_key_is_the_same_with_and_without_quotation_marks(put):
    assert put(KEY).content == put(f'"{KEY}"').content
    assert shelved() == ["one"]


@pytest.mark.parametrize(
    "key",
    ["k" * 256, "ключ", "a\tb", "a\x7fb", "", '""', '" "'],
    ids=["long", "letters", "tab", "delete", "empty", "quoted nothing", "quoted blank"],
)
def test_a_key_is_printable_and_not_too_long(put, key):
    assert put(key).status_code == 400
    assert shelved() == []


def test_a_nobodys_key_has_to_be_long_because_it_opens_the_stored_answer(put):
    short, long = put("k" * 21, caller=None), put("k" * 22, caller=None)

    assert (short.status_code, short.json()["code"]) == (400, "invalid_request")
    assert long.status_code == 201
    assert put("k", sku="two").status_code == 201


# What makes it the same command


@pytest.mark.parametrize(
    "other", [{"caller": "usr_bob"}, {"caller": None}, {"caller": FOR_ANA}, {"to": "required"}, {"to": "shelves/two"}]
)
def test_the_same_key_of_another_caller_or_route_is_another_command(put, other):
    put(sku="one")

    answer = put(**{"sku": "two", **other})

    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer
    assert shelved() == ["one", "two"]


def test_a_key_is_not_good_for_another_body(put):
    put(sku="one")

    answer = put(sku="two")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert shelved() == ["one"]


def test_a_body_is_the_same_in_whatever_order_its_members_come(shelf):
    client = client_of("usr_ana")
    bodies = ['{"sku": "one", "a": [1, 2]}', '{ "a":[1,2],"sku":"one" }', '{"sku": "one", "a": [2, 1]}']

    statuses = [
        client.post("/v1/accepted", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=KEY).status_code
        for body in bodies
    ]

    assert statuses == [201, 201, 422]


# What is stored


@pytest.mark.parametrize("refusal", ["402", "InvalidState", "422"])
def test_a_refusal_by_the_rules_is_kept_and_what_was_done_before_it_is_undone(put, refusal):
    first = put(then=refusal)
    second = put(then=refusal)

    assert first.status_code == second.status_code
    assert second["Idempotent-Replayed"] == "true"
    assert second["Content-Type"] == first["Content-Type"] == "application/problem+json"
    assert first.content == second.content
    assert shelved() == []


@pytest.mark.parametrize("failure", ["InvalidRequest", "Forbidden", "NotFound", "429", "crash", "503"])
def test_any_other_failure_gives_the_key_back(put, failure):
    failed = put(then=failure)

    assert failed.status_code in {400, 403, 404, 429, 500, 503}
    assert not IdempotencyRecord.objects.exists()
    assert shelved() == []
    assert put(sku="two").status_code == 201


def test_what_cannot_be_parsed_takes_no_key(shelf):
    client = client_of("usr_ana")

    answer = client.post("/v1/accepted", "{", content_type="application/json", HTTP_IDEMPOTENCY_KEY=KEY)

    assert answer.status_code == 400
    assert not IdempotencyRecord.objects.exists()


def test_a_command_in_several_transactions_keeps_what_it_committed_before_it_was_refused(put):
    assert put(to="steps", then="422").status_code == 422
    assert shelved() == ["one"]
    assert put(to="steps", then="422")["Idempotent-Replayed"] == "true"


def test_what_is_stored_cannot_be_read_where_it_lies(put):
    put(sku="a-telling-sku")
    record = IdempotencyRecord.objects.get()

    lies_there = repr([getattr(record, field.name) for field in record._meta.get_fields()])

    assert bytes(record.answer)
    for word in ("s3cret", "a-telling-sku"):
        assert word not in lies_there
        assert word.encode() not in bytes(record.answer)


def test_the_answer_and_its_effect_are_one_transaction(put, monkeypatch):
    """If the answer cannot be stored, nothing was done: a crash in between cannot tell them apart."""
    monkeypatch.setattr(idempotency, "_store", lambda *_: 1 / 0)

    assert put().status_code == 500
    assert shelved() == []
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_lost_the_connection_when_all_was_committed_already_gets_that_answer_with_the_same_key(
    put, monkeypatch
):
    store = idempotency._store

    def store_and_cut(*answer):
        store(*answer)
        on_commit(cut, using="orders")

    def cut():
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(idempotency, "_store", store_and_cut)

    lost, again = put(), put()

    assert (lost.status_code, again.status_code, again["Idempotent-Replayed"]) == (503, 201, "true")
    assert shelved() == ["one"]


# While the first is under way


@pytest.fixture
def claimed(put):
    """The first command has claimed its key and not answered yet."""
    put(sku="one")
    Product.objects.all().delete()
    IdempotencyRecord.objects.update(answer=None)
    return IdempotencyRecord.objects


def test_a_command_that_is_still_being_done_is_not_done_again(put, claimed):
    answer = put(sku="one")

    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_progress")
    assert answer["Retry-After"] == "1"
    assert shelved() == []
    assert put(sku="two").json()["code"] == "idempotency_key_reused"


def test_a_command_whose_doer_died_is_done_by_whoever_asks_next(put, claimed):
    claimed.update(leased_until=timezone.now() - timedelta(seconds=1))

    assert put(sku="one").status_code == 201
    assert shelved() == ["one"]
    assert put(sku="one")["Idempotent-Replayed"] == "true"


def test_of_two_who_take_over_only_one_does(claimed):
    claimed.update(leased_until=timezone.now() - timedelta(seconds=1))
    seen_by_both = claimed.get()
    until = timezone.now() + timedelta(seconds=60)

    takes = [idempotency._take_over(IdempotencyRecord, seen_by_both, until) for _ in range(2)]

    assert takes == [True, False]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one_command(shelf):
    def put(_):
        try:
            return client_of("usr_ana").post("/v1/accepted", {"sku": "one"}, HTTP_IDEMPOTENCY_KEY=KEY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(put, range(16)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert shelved() == ["one"]


def test_answers_are_forgotten_after_two_days(put):
    put(sku="one")
    put("another key", sku="two")
    IdempotencyRecord.objects.filter(pk=IdempotencyRecord.objects.first().pk).update(
        created_at=timezone.now() - timedelta(hours=49)
    )

    forget_old_answers("orders")

    assert IdempotencyRecord.objects.count() == 1


def test_it_is_found_by_who_asked_and_by_what_it_tells_of(put):
    answer = put(sku="a-thing")

    record = IdempotencyRecord.objects.get()

    assert (record.caller, record.about) == ("usr_ana", answer.json()["id"])


def test_an_answer_is_forgotten_with_whom_it_was_given_to_or_what_it_tells_of(put):
    put(sku="a-thing")
    nothing, things = Product.objects.none().values("pk"), Product.objects.values("pk")

    forget_answers("orders", [nothing], person="usr_ben")
    forget_answers("orders", [])
    assert IdempotencyRecord.objects.exists()
    forget_answers("orders", [things])
    assert not IdempotencyRecord.objects.exists()
