"""Stored answers go with whoever they were given to, or tell of."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.orders.models import IdempotencyRecord, Product
from chassis.callers import Caller
from chassis.idempotency import forget_answers

pytestmark = pytest.mark.django_db
PRODUCT = {"sku": "a-thing", "name": "Thing", "prices": [{"currency": "GBP", "amount": 1}]}


@pytest.fixture
def made():
    """A product, made under a key by somebody's program."""
    client = APIClient()
    by = Caller(id="usr_ana", kind="user", client_id="key_1", on_behalf_of="usr_ana", scopes={"products:write"})
    client.force_authenticate(user=by)
    return client.post("/v2/products", PRODUCT, headers={"Idempotency-Key": "a-key"}).json()["id"]


def test_an_answer_is_found_by_who_asked_and_by_what_it_tells_of(made):
    record = IdempotencyRecord.objects.get()

    assert (record.caller, record.about) == ("usr_ana", made)


@pytest.mark.parametrize(("person", "is_gone"), [("usr_ana", True), ("usr_ben", False), ("", False)])
def test_an_answer_goes_with_whoever_it_was_given_to(made, person, is_gone):
    forget_answers("orders", [Product.objects.none().values("pk")], person=person)

    assert IdempotencyRecord.objects.exists() is not is_gone


def test_an_answer_goes_with_what_it_tells_of(made):
    forget_answers("orders", [Product.objects.values("pk")])

    assert not IdempotencyRecord.objects.exists()


def test_a_command_that_is_still_being_done_keeps_its_key(made):
    IdempotencyRecord.objects.update(answer=None, leased_until=timezone.now())

    forget_answers("orders", [], person="usr_ana")

    assert IdempotencyRecord.objects.exists()
