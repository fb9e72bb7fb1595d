"""Who sees which payments and refunds: what is not yours is not there."""

import pytest
from django.conf import settings

from apps.payments.services import refund_payment
from chassis import tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def refund_id(paid_payment):
    wish = {"payment_id": paid_payment, "refund_request_id": "rrq_1", "amount": 10, "reason": "late"}
    return refund_payment(**wish)[0].id


@pytest.mark.parametrize("who", ["customer", "support", "finance", "orders"])
def test_a_payment_is_there_for_its_customer_for_staff_and_for_orders(request, paid_payment, who):
    client = request.getfixturevalue(who)

    one, several = client.get(f"/v1/payments/{paid_payment}"), client.get("/v1/payments")

    assert one.status_code == 200
    assert [payment["id"] for payment in several.json()["data"]] == [paid_payment]


def test_anothers_payment_is_not_there(stranger, paid_payment, refund_id):
    paths = [f"/v1/payments/{paid_payment}", f"/v1/payments/{paid_payment}/refunds", f"/v1/refunds/{refund_id}"]

    answers = [stranger.get(path) for path in paths]

    assert [answer.json()["code"] for answer in answers] == ["not_found"] * 3
    assert stranger.get("/v1/payments").json()["data"] == []
    assert stranger.get("/v1/refunds").json()["data"] == []


def test_a_guests_payment_belongs_to_no_customer(open_payment, stranger):
    payment_id = open_payment(customer_id=None)

    answer = stranger.get(f"/v1/payments/{payment_id}")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/v1/payments", "/v1/refunds"])
def test_lists_are_not_for_nobody_nor_for_payers(api, payer_of, paid_payment, path):
    assert api.get(path).json()["code"] == "not_authenticated"
    assert payer_of(paid_payment).get(path).json()["code"] == "forbidden"


def test_another_service_sees_no_payments(users, paid_payment):
    answer = users.get(f"/v1/payments/{paid_payment}")

    assert answer.status_code == 403


def test_a_payers_token_shows_its_payment_and_no_other(open_payment, payer_of):
    payment_id, other_id = open_payment(), open_payment()

    payer = payer_of(payment_id)

    assert payer.get(f"/v1/payments/{payment_id}").status_code == 200
    assert payer.get(f"/v1/payments/{other_id}").status_code == 404
    assert payer.post(f"/v1/sandbox/payments/{other_id}/confirm", {"payment_method": "sbx_ok"}).status_code == 404


@pytest.mark.parametrize("command", ["cancel", "sync", "refunds"])
def test_a_payers_token_gives_no_commands(paid_payment, payer_of, command):
    answer = payer_of(paid_payment).post(f"/v1/payments/{paid_payment}/{command}", {})

    assert answer.status_code == 403


def test_a_payers_token_is_for_its_payment_at_payments(orders, api, wanted):
    opened = orders.post("/v1/payments", wanted).json()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {opened['payer_token']}")

    shown = api.get(f"/v1/payments/{opened['id']}")
    paid = api.post(f"/v1/sandbox/payments/{opened['id']}/confirm", {"payment_method": "sbx_ok"})

    assert (shown.status_code, paid.status_code) == (200, 200)
    assert "payer_token" not in shown.json()
    assert api.get("/v1/payments").status_code == 403


@pytest.mark.skipif("orders" not in settings.TOPOLOGY.hosted, reason="orders' signing key is with orders")
def test_orders_proves_itself_with_a_token_of_its_own(api, wanted):
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.service_token('orders', 'payments', 'payments:write')}")

    answer = api.post("/v1/payments", wanted)

    assert answer.status_code == 201


@pytest.mark.parametrize(("who", "sees_it"), [("support", True), ("orders", True), ("customer", False)])
def test_what_the_provider_calls_it_is_for_staff_and_services(request, paid_payment, refund_id, who, sees_it):
    client = request.getfixturevalue(who)

    paths = [f"/v1/payments/{paid_payment}", f"/v1/refunds/{refund_id}"]

    assert ["provider_reference" in client.get(path).json() for path in paths] == [sees_it, sees_it]


def test_lists_are_filtered(support, open_payment, pay, wanted, refund_id):
    open_payment(order_id=wanted["order_id"], customer_id=None)
    of_order, of_customer = f"order_id={wanted['order_id']}", f"customer_id={wanted['customer_id']}"
    questions = [of_order, of_customer, "status=succeeded", "status=cancelled"]

    found = [support.get(f"/v1/payments?{question}").json()["data"] for question in questions]

    assert [len(payments) for payments in found] == [1, 1, 1, 0]
    assert [refund["id"] for refund in support.get("/v1/refunds?status=succeeded").json()["data"]] == [refund_id]
    assert support.get(f"/v1/refunds?{of_order}").json()["data"] == []


@pytest.mark.parametrize("question", ["status=lost", "colour=red", "ordering=id", "limit=0"])
def test_a_list_refuses_what_it_does_not_know(support, question):
    answer = support.get(f"/v1/payments?{question}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_lists_are_ordered_and_walked_by_page(support, open_payment):
    for amount in (20, 30, 10):
        open_payment(amount=amount)

    first = support.get("/v1/payments?ordering=-amount&limit=2").json()
    second = support.get(first["next"].removeprefix(settings.TOPOLOGY.public_url)).json()

    assert [payment["amount"] for payment in first["data"] + second["data"]] == [30, 20, 10]
    assert second["next"] is None


def test_a_payment_that_did_not_change_is_not_sent_again(customer, paid_payment):
    path = f"/v1/payments/{paid_payment}"

    answer = customer.get(path, headers={"If-None-Match": customer.get(path)["ETag"]})

    assert answer.status_code == 304


def test_anyone_may_know_who_collects_the_money(api):
    answer = api.get("/v1/providers")

    sandbox = {"name": "sandbox", "livemode": False, "publishable_key": ""}
    assert answer.json() == {"data": [sandbox], "next": None, "previous": None}
