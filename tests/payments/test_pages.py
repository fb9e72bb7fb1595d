"""What a page of a payment offers next, and to whom."""

import pytest

from apps.payments.api.v1.pages import payment_steps
from chassis.callers import Caller
from chassis.pages import Form

ANA = Caller(id="usr_ana", kind="user")


def steps(caller=ANA, **changed):
    payment = {"id": "pay_1", "customer_id": "usr_ana", "provider": "sandbox", "status": "requires_payment_method"}
    return {step.button: step.path for step in payment_steps({**payment, **changed}, caller) if isinstance(step, Form)}


def test_whoever_pays_confirms_in_the_sandbox():
    assert steps()["Confirm payment"] == "/sandbox/payments/pay_1/confirm"


@pytest.mark.parametrize("changed", [{"status": "succeeded"}, {"status": "processing"}, {"provider": "stripe"}])
def test_only_an_open_payment_of_the_sandbox_is_confirmed_there(changed):
    assert "Confirm payment" not in steps(**changed)


def test_nobody_confirms_the_payment_of_another():
    assert "Confirm payment" not in steps(Caller(id="usr_ben", kind="user"))
