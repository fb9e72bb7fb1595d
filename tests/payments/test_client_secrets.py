"""What whoever pays shows the provider: it is theirs alone, and kept sealed."""

import pytest

from apps.payments.models import IdempotencyRecord, OutboxEvent, Payment

pytestmark = pytest.mark.django_db
SECRET = "pi_1_secret_2"


@pytest.fixture
def answer(provider, orders, wanted):
    """That of opening a payment whose provider gives a secret."""
    provider.says(status="requires_payment_method", client_secret=SECRET)
    return orders.post("/v1/payments", {**wanted, "provider": "scripted"})


def test_whoever_opens_a_payment_gets_the_secret(answer, orders, wanted):
    again = orders.post("/v1/payments", {**wanted, "provider": "scripted"})

    assert (answer.json()["client_secret"], again.json()["client_secret"]) == (SECRET, SECRET)


@pytest.mark.parametrize(("who", "is_shown"), [("customer", True), ("support", False), ("orders", False)])
def test_whoever_pays_reads_it_and_nobody_else(request, answer, who, is_shown):
    client = request.getfixturevalue(who)

    one = client.get(f"/v1/payments/{answer.json()['id']}").json()

    assert one.get("client_secret") == (SECRET if is_shown else None)
    assert SECRET not in client.get("/v1/payments").content.decode()


def test_whoever_holds_the_payers_token_reads_it(answer, payer_of):
    payment_id = answer.json()["id"]

    assert payer_of(payment_id).get(f"/v1/payments/{payment_id}").json()["client_secret"] == SECRET


def test_it_is_gone_once_it_is_good_for_nothing(provider, answer, orders, customer):
    payment_id = answer.json()["id"]
    provider.says(status="succeeded", amount_captured=100, tries=1)

    commanded = orders.post(f"/v1/payments/{payment_id}/sync").json()

    assert "client_secret" not in commanded
    assert "client_secret" not in customer.get(f"/v1/payments/{payment_id}").json()
    assert bytes(Payment.objects.get().sealed_client_secret) == b""


def test_it_is_nowhere_in_clear(answer, orders, caplog, capfd):
    orders.post(f"/v1/payments/{answer.json()['id']}/sync")

    kept = [str(row) for model in (Payment, OutboxEvent, IdempotencyRecord) for row in model.objects.values()]
    assert bytes(Payment.objects.get().sealed_client_secret)
    assert not [row for row in kept if SECRET in row]
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


def test_a_secret_heard_again_is_no_change(answer, orders):
    version = Payment.objects.get().version

    orders.post(f"/v1/payments/{answer.json()['id']}/sync")

    assert Payment.objects.get().version == version
