"""Faults on purpose."""

import json

import pytest

from chassis.faults import PlannedCrash, crash_if_planned, is_down


@pytest.fixture
def plan(settings, tmp_path):
    file = tmp_path / "faults.json"
    settings.FAULTS_FILE = str(file)
    return lambda **planned: file.write_text(json.dumps(planned))


def test_without_a_plan_nothing_is_down_and_nothing_crashes(settings):
    settings.FAULTS_FILE = ""

    assert not is_down("payments")
    crash_if_planned("/v1/payments")


def test_a_plan_that_is_not_there_or_empty_plans_nothing(plan, settings, tmp_path):
    assert not is_down("payments")

    (tmp_path / "faults.json").write_text("")
    assert not is_down("payments")


def test_a_service_is_down_as_long_as_the_plan_says_so(plan):
    plan(down=["payments"])
    assert (is_down("payments"), is_down("users")) == (True, False)

    plan(down=[])
    assert not is_down("payments")


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
