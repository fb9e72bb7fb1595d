"""A guest pays with a card: the shop, Stripe's SDK, Stripe (ours) and its webhooks, each in a process and over HTTP."""

import secrets

import pytest

from deploy.processes import wait_until
from tests.journeys.visitors import admin, ask, order_of, stocked
from tests.stripe.processes import KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET
from tests.stripe.processes import running as running_stripe
from tests.topologies.running import running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

pytestmark = pytest.mark.timeout(240)
BOTH = [pytest.param(ONE_PROCESS, id="one"), pytest.param(THREE_PROCESSES, id="three", marks=pytest.mark.prove)]


@pytest.fixture(scope="module")
def fake(tmp_path_factory):
    with running_stripe(tmp_path_factory.mktemp("stripe")) as fake:
        yield fake


@pytest.fixture(scope="module", params=BOTH)
def shop(request, fake):
    keys = {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    settings = {"PROVIDERS": "sandbox,stripe", "STRIPE_API_BASE": fake.url, **keys}
    with running(request.param, settings=settings) as shop:
        fake.tell("endpoints", url=f"{shop.url}/v1/webhooks/stripe", secret=WEBHOOK_SECRET)
        yield shop


@pytest.fixture
def order(shop, request):
    """A guest's order, open for payment at Stripe: its path, what opens it, and what Stripe calls the payment."""
    name = request.node.name[:60]
    keyed = {"Idempotency-Key": f"{name}-0123456789-abcdefghij"[:64]}
    placed = ask(shop, "POST", "/v1/orders", json=order_of(stocked(shop, name, 5)), headers=keyed).json()
    path, opened_by = f"/v1/orders/{placed['id']}", {"X-Order-Token": placed["guest_token"]}
    payment = wait_until(lambda: opened(shop, path, opened_by), what="the payment to be open at Stripe")
    payer = {"Authorization": f"Bearer {payment['payer_token']}"}
    secret = ask(shop, "GET", f"/v1/payments/{payment['id']}", headers=payer).json()["client_secret"]
    return path, opened_by, secret.partition("_secret_")[0]


def opened(shop, path, opened_by):
    """The payment; nothing while it takes its time, as the first one of a process does, which loads the SDK."""
    keyed = {"Idempotency-Key": secrets.token_urlsafe(24)}
    answer = ask(shop, "POST", f"{path}/pay", json={"provider": "stripe"}, headers={**opened_by, **keyed})
    assert answer.status_code in {200, 201, 202}, answer.text
    payment = answer.json().get("payment")
    return payment if payment and payment["status"] != "created" else None


def captures(shop, order):
    """What the ledger says was captured."""
    entries = "payments_ledgerentry entry JOIN payments_payment payment ON payment.id = entry.payment_id"
    of_this = f"entry.kind = 'capture' AND payment.provider_reference = '{order[2]}'"
    return shop.store.select("payments", f"SELECT entry.amount FROM {entries} WHERE {of_this}")


def becomes(shop, order, **members):
    path, opened_by, _ = order

    def shown():
        body = ask(shop, "GET", path, headers=opened_by).json()
        return {name: body[name] for name in members} == members

    return wait_until(shown, what=f"the order to be {members}")


def test_a_card_that_pays_confirms_the_order_however_often_stripe_tells(shop, fake, order):
    fake.tell("plan", copies=3)

    assert not fake.pay(order[2], "pm_card_chargeDeclined")
    assert fake.pay(order[2], "pm_card_visa")

    assert becomes(shop, order, status="confirmed", payment_status="paid")
    fake.tell("plan", copies=1)
    shop.settle()
    assert [row["amount"] for row in captures(shop, order)] == [1000, 1000]  # one capture, seen from both sides


def test_a_paid_order_that_is_cancelled_is_given_back_at_stripe_once(shop, fake, order):
    fake.pay(order[2], "pm_card_visa")
    becomes(shop, order, status="confirmed")
    fake.fails("POST /v1/refunds", "drop_done", times=2)  # the SDK asks again once, by itself

    answer = ask(shop, "POST", f"{order[0]}/cancel", json={}, headers=admin(shop))

    assert answer.status_code == 200, answer.text
    assert becomes(shop, order, status="cancelled", payment_status="refunded")
    refunds = [one for one in fake.hear("objects/refund")["data"] if one["payment_intent"] == order[2]]
    assert [refund["amount"] for refund in refunds] == [1000]
