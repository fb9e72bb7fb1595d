"""Which problems follow from what a view declares."""

import pytest

from chassis.methods import Method
from chassis.permissions import Anyone, People
from chassis.problems import Problem
from chassis.refusals import refusals
from chassis.serializers import Strict
from chassis.views import View


class Spilled(Problem):
    status = 409
    title = "The tea is on the floor"


class Cups(View):
    permission_classes = [Anyone]
    idempotency = "required"
    methods = {
        "GET": Method("Look"),
        "POST": Method("Pour", reads=Strict, refuses=(Spilled,)),
        "PATCH": Method("Stir", reads=Strict, compares=True),
    }


class Own(Cups):
    permission_classes = [People]
    idempotency = "natural"


def codes(view, method, path="/v1/cups"):
    return {problem.code() for found in refusals(view(), method, path).values() for problem in found}


def test_the_problems_of_its_own_stand_beside_those_that_follow():
    found = refusals(Cups(), "POST", "/v1/cups")

    assert [problem.code() for problem in found[409]] == ["request_in_progress", "spilled"]
    assert [*found] == sorted(found)


@pytest.mark.parametrize(
    ("view", "method", "path", "code", "expected"),
    [
        (Cups, "GET", "/v1/cups", "not_authenticated", False),
        (Own, "GET", "/v1/cups", "not_authenticated", True),
        (Cups, "GET", "/v1/cups", "not_found", False),
        (Cups, "GET", "/v1/cups/{id}", "not_found", True),
        (Cups, "POST", "/v1/cups", "idempotency_key_required", True),
        (Own, "POST", "/v1/cups", "idempotency_key_reused", False),
        (Cups, "PATCH", "/v1/cups", "precondition_required", True),
        (Cups, "POST", "/v1/cups", "precondition_required", False),
        (Cups, "GET", "/v1/cups", "unsupported_media_type", False),
        (Cups, "POST", "/v1/cups", "payload_too_large", True),
    ],
)
def test_a_problem_is_told_where_it_can_be_met(view, method, path, code, expected):
    assert (code in codes(view, method, path)) is expected
