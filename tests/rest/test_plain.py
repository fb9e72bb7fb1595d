"""Each trap is one: REST framework as it comes falls into it, so the test that is named for it would fail there."""

import pytest
from django.db import transaction

from tests.rest.plain import ELSEWHERE, FALLS, GOOD, post
from tests.rest.traps import CRASHES, SILENTLY_TAKEN

pytestmark = pytest.mark.django_db


def test_the_plain_resource_works_where_nobody_sets_a_trap():
    answer = post(GOOD)

    assert (answer.status_code, answer.data["kind"]) == (201, "export")


@pytest.mark.parametrize("trap", FALLS)
def test_rest_framework_as_it_comes_falls_into_the_trap(trap):
    post(GOOD)

    with transaction.atomic(using="orders"):
        has_fallen = FALLS[trap]()
        transaction.set_rollback(True, using="orders")

    assert has_fallen


def test_every_trap_is_shown_to_be_one():
    assert {*FALLS} | ELSEWHERE == {*CRASHES, *SILENTLY_TAKEN}
