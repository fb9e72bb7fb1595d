"""Plans of faults: what they may say, and what they say of a try."""

import json

import pytest

from chassis.fault_plans import Plan, WrongPlan, read_plan
from deploy.processes import BASE

TRIES = range(1, 1001)


@pytest.fixture
def planned(tmp_path):
    """The plan in a file that holds this."""
    file = tmp_path / "faults.json"

    def read(text="", **members):
        file.write_text(text or json.dumps(members))
        return read_plan(file)

    return read


def fault(**facts):
    return {"neighbour": "payments", "kind": "duplicate", **facts}


def struck(plan, number=0, caller="orders"):
    return [nth for nth in TRIES if plan.strikes(number, caller, nth)]


def test_a_file_that_is_not_there_or_empty_plans_nothing(planned, tmp_path):
    assert read_plan(tmp_path / "nothing.json") == planned(" \n") == planned("{}") == Plan()


def test_a_plan_says_what_goes_wrong(planned):
    plan = planned(seed=7, down=["users"], crash=["/v1/payments"], faults=[fault(kind="delay", seconds=2, times=3)])

    assert (plan.seed, plan.down, plan.crash) == (7, ("users",), ("/v1/payments",))
    assert (plan.faults[0].kind, plan.faults[0].seconds, plan.faults[0].times) == ("delay", 2.0, 3)


def test_the_plan_that_the_document_shows_can_be_carried_out(planned):
    shown = (BASE / "docs" / "faults.md").read_text().partition("```json\n")[2].partition("```")[0]

    assert planned(shown).faults[0].kind == "error_after"


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"fault": []}, "unknown field `fault`"),
        ({"seed": "seven"}, r"got `str` - at `\$.seed`"),
        ({"down": ["billing"]}, "no service 'billing', only users, orders, payments"),
        ({"crash": ["v1"]}, "no path begins with 'v1'"),
        ({"faults": [{"neighbour": "payments"}]}, r"`kind` - at `\$.faults\[0\]`"),
        ({"faults": [{"kind": "duplicate"}]}, r"`neighbour` - at `\$.faults\[0\]`"),
        ({"faults": [fault(), fault(kind="explode")]}, r"'explode' - at `\$.faults\[1\].kind`"),
        ({"faults": [fault(neighbour="billing")]}, r"no service 'billing'.* - at `\$.faults\[0\]`"),
        ({"faults": [fault(caller="billing")]}, "no service 'billing'"),
        ({"faults": [fault(method="post")]}, r"'post' - at `\$.faults\[0\].method`"),
        ({"faults": [fault(route="v1/payments")]}, "no route is 'v1/payments'"),
        ({"faults": [fault(route="/v1/payments/pay_1")]}, "no route is '/v1/payments/pay_1'.*{id}"),
        ({"faults": [fault(route="/v1/payments?a=b")]}, "no route is"),
        ({"faults": [fault(kind="delay")]}, "a delay has seconds"),
        ({"faults": [fault(kind="delay", seconds=0)]}, r"> 0.0 - at `\$.faults\[0\].seconds`"),
        ({"faults": [fault(seconds=1)]}, "a delay has seconds, and nothing else has"),
        ({"faults": [fault(share=1.1)]}, r"<= 1.0 - at `\$.faults\[0\].share`"),
        ({"faults": [fault(share=-0.1)]}, r">= 0.0 - at `\$.faults\[0\].share`"),
        ({"faults": [fault(times=0)]}, r">= 1 - at `\$.faults\[0\].times`"),
        ({"faults": [fault(time=1)]}, r"unknown field `time` - at `\$.faults\[0\]`"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_plan_is_named(planned, members, says):
    with pytest.raises(WrongPlan, match=rf"faults\.json: .*{says}"):
        planned(**members)


@pytest.mark.parametrize("text", ['{"down": [', "[]", "\x00"])
def test_what_is_no_json_object_is_no_plan(planned, text):
    with pytest.raises(WrongPlan, match=r"faults\.json: "):
        planned(text)


@pytest.mark.parametrize(
    ("named", "concerned"),
    [
        ({}, True),
        ({"caller": "orders", "method": "POST", "route": "/v1/payments/{id}/refunds"}, True),
        ({"caller": "users"}, False),
        ({"neighbour": "users"}, False),
        ({"method": "GET"}, False),
        ({"route": "/v1/payments"}, False),
    ],
    ids=str,
)
def test_a_fault_concerns_the_calls_that_are_all_it_names(planned, named, concerned):
    one = planned(faults=[fault(**named)]).faults[0]

    assert one.concerns("orders", "payments", "POST", "/v1/payments/{id}/refunds") is concerned


def test_a_share_of_the_tries_is_struck(planned):
    plan = planned(faults=[fault(), fault(share=0), fault(share=0.25)])

    assert (len(struck(plan, 0)), len(struck(plan, 1))) == (1000, 0)
    assert 200 < len(struck(plan, 2)) < 300


def test_a_seed_replays(planned):
    faults = [fault(share=0.5), fault(share=0.5)]
    plan, again, other = planned(seed=7, faults=faults), planned(seed=7, faults=faults), planned(seed=8, faults=faults)

    assert struck(plan)[:8] == [4, 8, 9, 10, 11, 13, 18, 20]
    assert struck(plan) == struck(again)
    assert len({tuple(struck(*asked)) for asked in [(plan,), (other,), (plan, 1), (plan, 0, "users")]}) == 4
