"""Another system of the shop hears, over a socket of its own, what happens at each service."""

import os
import signal
from uuid import uuid4

import pytest

from deploy.processes import wait_until
from tests.chassis.receivers import receiving
from tests.journeys.visitors import admin, ask, order_of, stocked
from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


def registered(shop, service, url, *events):
    """An endpoint, with its secret."""
    body = {"url": url, "events": events}
    answer = ask(shop, "POST", f"/v1/services/{service}/webhook-endpoints", json=body, headers=admin(shop))
    assert answer.status_code == 201, answer.text
    return answer.json()


def command(shop, path, body=None, **headers):
    answer = ask(shop, "POST", path, json=body or {}, headers={"Idempotency-Key": uuid4().hex, **headers})
    assert answer.status_code < 300, answer.text
    return answer.json()


def bought(shop):
    """The id of an order that a guest has paid, and the payment's."""
    product = stocked(shop, f"CUP-{uuid4().hex[:6]}", 5)
    order = command(shop, "/v1/orders", order_of(product))
    payment = command(shop, f"/v1/orders/{order['id']}/pay", **{"X-Order-Token": order["guest_token"]})["payment"]
    payer = {"Authorization": f"Bearer {payment['payer_token']}"}
    command(shop, f"/v1/sandbox/payments/{payment['id']}/confirm", {"payment_method": "sbx_ok"}, **payer)
    return order["id"], payment["id"]


def test_a_receiver_hears_of_an_order_and_its_payment_and_can_tell_that_it_is_us(shop, receiver):
    secrets = {
        service: registered(shop, service, f"{receiver.url}/{service}", *events)["secret"]
        for service, events in {"orders": ("order.*",), "payments": ("payment.*",), "users": ("*",)}.items()
    }
    order, payment = bought(shop)
    account = {"email": f"{uuid4().hex}@example.com", "password": "a long enough secret", "full_name": "Ana"}
    user = ask(shop, "POST", "/v1/users", json=account).json()["id"]
    wanted = {
        ("order.placed", order),
        ("order.confirmed", order),
        ("payment.succeeded", payment),
        ("user.registered", user),
    }

    def heard():
        told = [message.verified(secrets[message.path.rpartition("/")[2]]) for message in receiver.got]
        return [(each["type"], each["data"]["object"]["id"]) for each in told]

    wait_until(lambda: wanted <= {*heard()}, what="everything to be told")
    shop.settle()

    assert sorted(heard()) == sorted({*heard()})
    assert account["email"] not in str([message.body for message in receiver.got])


def test_what_was_not_taken_is_on_record_and_sent_again_when_somebody_says_so(shop, receiver):
    staff, endpoint = admin(shop), registered(shop, "orders", receiver.url, "order.expired")
    receiver.answers.append((503, {}, b"Not now"))
    sent = command(shop, f"/v1/services/orders/webhook-endpoints/{endpoint['id']}/test", **staff)["id"]
    where = f"/v1/services/orders/webhook-deliveries/{sent}"

    def status():
        return ask(shop, "GET", where, headers=staff).json()["status"]

    wait_until(lambda: status() == "retry_wait", what="a try in vain")
    command(shop, f"{where}/replay", **staff)
    wait_until(lambda: status() == "delivered", what="another try")

    attempts = ask(shop, "GET", where, headers=staff).json()["attempts"]
    assert [(one["status_code"], one["response_excerpt"]) for one in attempts] == [(503, "Not now"), (204, "")]
    assert len({message.id for message in receiver.got}) == 1


@pytest.mark.prove
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_message_whose_sender_was_killed_is_sent_again_by_another(receiver, database):
    with running(ONE_PROCESS, serve=production, database=database, settings={"LEASE_SECONDS": "2"}) as shop:
        staff, endpoint = admin(shop), registered(shop, "orders", receiver.url, "*")
        receiver.may_answer.clear()
        sent = command(shop, f"/v1/services/orders/webhook-endpoints/{endpoint['id']}/test", **staff)["id"]
        wait_until(lambda: receiver.got, what="the message")
        (_, worker) = shop.children[ONE_PROCESS.groups[0]]
        os.kill(worker.pid, signal.SIGKILL)
        receiver.may_answer.set()
        shop.stop("orders")
        shop.start("orders")

        def delivery():
            return ask(shop, "GET", f"/v1/services/orders/webhook-deliveries/{sent}", headers=staff).json()

        wait_until(lambda: delivery()["status"] == "delivered", seconds=30, what="another try")
        first, second = receiver.got

    assert first.id == second.id
    assert second.verified(endpoint["secret"])["type"] == "webhook.test"
