"""Many buyers at the same moment."""

import time

import pytest

from tests.journeys.visitors import all_at_once, ask, order_of, stocked

pytestmark = pytest.mark.timeout(120)


def test_fifty_buyers_for_ten_units_get_exactly_ten_orders(shop):
    product = stocked(shop, "rush", 10)
    buyers = [(order_of(product, email=f"buyer{n}@example.com"), f"rush-of-a-buyer-{n:010}") for n in range(50)]

    answers = all_at_once([buying(shop, body, key) for body, key in buyers])

    placed = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert (len(placed), len(set(placed)), len(answers) - len(placed)) == (10, 10, 40)
    assert refused == {"insufficient_stock"}
    assert ask(shop, "GET", f"/v1/products/{product}").json()["availability"] == "out_of_stock"


def test_the_same_key_fifty_times_at_once_is_one_order(shop):
    product = stocked(shop, "same", 100)
    body = order_of(product)

    answers = all_at_once([buying(shop, body, "the-same-key-for-everybody")] * 50)

    codes = {answer.json().get("code") for answer in answers if answer.status_code != 201}
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert codes <= {"request_in_progress"}
    assert len({answer.text for answer in answers if answer.status_code == 201}) == 1


def test_whoever_repeats_the_key_gets_that_one_order_in_the_end(shop):
    product = stocked(shop, "patient", 100)
    body = order_of(product)

    answers = all_at_once([patiently(buying(shop, body, "a-key-that-is-repeated"))] * 20)

    orders = {answer.json()["id"] for answer in answers}
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len(orders) == 1


def buying(shop, body, key):
    return lambda: ask(shop, "POST", "/v1/orders", json=body, headers={"Idempotency-Key": key})


def patiently(command):
    """Ask again for as long as the first request with this key is still being answered."""

    def asking():
        answer = command()
        while answer.status_code == 409 and answer.json()["code"] == "request_in_progress":
            time.sleep(0.05)
            answer = command()
        return answer

    return asking
