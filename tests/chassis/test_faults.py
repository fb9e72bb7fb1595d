"""Faults on purpose: when they strike, and that a plan can change while it is carried out."""

import logging
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from chassis import faults
from chassis.calls import TimedOut, Unavailable
from chassis.faults import PlannedCrash, crash_if_planned
from deploy.processes import BASE, PYTHON
from tests.topologies.environments import environment

HALF = {"neighbour": "payments", "kind": "error_before", "share": 0.5}


def ask(caller="orders", neighbour="payments", method="POST", path="/v1/payments"):
    """Whether a try comes through."""
    request = requests.Request(method, f"http://shop.example{path}").prepare()
    try:
        faults.deliver(caller, neighbour, request, requests.Response, 5.0)
    except requests.ConnectionError:
        return False
    return True


def test_without_a_plan_everything_comes_through_and_nothing_crashes(settings):
    settings.FAULTS_FILE = ""

    assert ask()
    crash_if_planned("/v1/payments")


def test_a_plan_that_is_not_there_or_empty_plans_nothing(plan, settings, tmp_path):
    assert ask()

    (tmp_path / "faults.json").write_text("")
    assert ask()


def test_a_service_is_down_as_long_as_the_plan_says_so(plan):
    plan(down=["payments"])
    assert (ask(), ask(neighbour="users")) == (False, True)

    plan(down=[])
    assert ask()


def test_a_fault_strikes_as_often_as_it_is_planned_for_each_caller(plan):
    plan(faults=[{"neighbour": "payments", "kind": "error_before", "times": 2}])

    assert [ask() for _ in range(4)] == [False, False, True, True]
    assert [ask(caller="users") for _ in range(4)] == [False, False, True, True]


def test_a_fault_of_one_route_strikes_there_whatever_the_id(plan):
    plan(faults=[{"neighbour": "payments", "kind": "error_before", "route": "/v1/payments/{id}/refunds"}])

    assert ask(path="/v1/payments/pay_1")
    assert not ask(path="/v1/payments/pay_1/refunds?limit=1")


def test_each_fault_is_counted_whatever_the_others_do(plan):
    once = {"neighbour": "payments", "kind": "error_before", "times": 1}

    plan(faults=[once, once])

    assert [ask() for _ in range(2)] == [False, True]


def test_a_plan_that_changes_begins_anew(plan):
    plan(seed=7, faults=[HALF])
    first = [ask() for _ in range(20)]

    plan(faults=[HALF], seed=7, down=[])

    assert [ask() for _ in range(20)] == first
    assert {*first} == {True, False}


def test_another_process_strikes_the_same_tries(plan, tmp_path):
    plan(seed=7, faults=[HALF])
    here = environment(
        DEBUG="true", VAR_DIR=str(tmp_path), FAULTS_FILE=str(tmp_path / "faults.json"), PYTHONHASHSEED="1"
    )
    script = (
        "import django; django.setup(); from tests.chassis.test_faults import ask; print([ask() for _ in '.' * 20])"
    )

    elsewhere = subprocess.run(
        [PYTHON, "-c", script], cwd=BASE, env={**os.environ, **here}, capture_output=True, text=True, check=True
    )

    assert elsewhere.stdout.strip() == str([ask() for _ in range(20)])


def test_threads_share_what_is_left_of_a_fault(plan):
    plan(faults=[{"neighbour": "payments", "kind": "error_before", "times": 10}])

    with ThreadPoolExecutor(8) as pool:
        came_through = list(pool.map(lambda _: ask(), range(100)))

    assert came_through.count(False) == 10


def test_a_plan_that_becomes_wrong_is_told_once_and_the_last_good_one_stays(plan, caplog):
    plan(down=["payments"])
    assert not ask()

    plan(down=["billing"])
    assert [ask(), ask()] == [False, False]

    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 1
    assert "FAULTS_FILE is wrong" in told[0]
    assert "billing" in told[0]


def test_what_strikes_is_logged(plan, caplog):
    caplog.set_level(logging.INFO, "tearline")
    plan(faults=[{"neighbour": "payments", "kind": "error_before"}])

    ask(path="/v1/payments/pay_1/cancel")

    assert "as planned, error_before: orders → payments POST /v1/payments/{id}/cancel" in caplog.text


@pytest.mark.parametrize(
    ("kind", "failure"), [("error_before", Unavailable), ("cut_body", Unavailable), ("timeout_after", TimedOut)]
)
def test_a_fault_is_one_of_the_failures_that_callers_know(stranger, payments, plan, kind, failure):
    plan(faults=[{"neighbour": "payments", "kind": kind}])
    for _ in range(9):
        stranger.says({"id": "pay_1"})

    with pytest.raises(failure):
        payments.post("/v1/payments", {}, idempotency_key="k1")


def test_a_fault_once_is_made_good_by_trying_again(stranger, payments, plan):
    plan(faults=[{"neighbour": "payments", "kind": "error_after", "times": 1}])
    stranger.says({"id": "first"})
    stranger.says({"id": "second"})

    answer = payments.post("/v1/payments", {}, idempotency_key="k1")

    assert answer.json == {"id": "second"}
    assert [headers["Idempotency-Key"] for _, _, headers, _ in stranger.asked] == ["k1", "k1"]


def test_a_view_crashes_by_how_its_path_begins(plan):
    plan(crash=["/v1/payments"])

    crash_if_planned("/v1/orders")
    with pytest.raises(PlannedCrash):
        crash_if_planned("/v1/payments/pay_1/cancel")


@pytest.mark.django_db
def test_a_planned_crash_is_answered_like_any_other(plan, api):
    plan(crash=["/v1/products"])

    answer = api.get("/v1/products")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "Planned" not in answer.content.decode()
