"""Those who buy without an account: the token of their order is all they have."""

import pytest

from apps.orders.models import IdempotencyRecord, Order
from tests.orders.conftest import basket, client_of

pytestmark = pytest.mark.django_db

KEY = "a-key-that-nobody-guesses-1"


@pytest.fixture
def guest_order(guest, placed, product):
    return placed((product, 1), by=guest, email="guest@example.com")


@pytest.fixture
def token(guest_order):
    return {"X-Order-Token": guest_order["guest_token"]}


def test_a_guest_gets_the_token_that_opens_the_order(guest, guest_order, token):
    answer = guest.get(f"/v1/orders/{guest_order['id']}", headers=token)

    assert (answer.status_code, answer.json()["customer_id"], answer.json()["email"]) == (
        200,
        None,
        "guest@example.com",
    )
    assert "guest_token" not in answer.json()


def test_the_token_is_kept_nowhere_in_clear(guest_order):
    rows = [*Order.objects.values(), *IdempotencyRecord.objects.values()]

    assert guest_order["guest_token"] not in repr(rows)


def test_a_guest_who_asks_again_gets_the_same_token(guest, product):
    first, second = (
        guest.command("/v1/orders", basket((product, 1), email="guest@example.com"), key=KEY) for _ in range(2)
    )

    assert first.json()["guest_token"] == second.json()["guest_token"]


@pytest.mark.parametrize("headers", [{}, {"X-Order-Token": ""}, {"X-Order-Token": "x" * 43}])
def test_without_its_token_a_guests_order_is_not_there(guest, guest_order, headers):
    assert guest.get(f"/v1/orders/{guest_order['id']}", headers=headers).status_code == 404


def test_a_token_opens_one_order_only(guest, placed, product, token):
    other = placed((product, 1), by=guest, email="guest@example.com")

    assert guest.get(f"/v1/orders/{other['id']}", headers=token).status_code == 404


def test_a_guests_order_is_not_there_for_customers(other_customer, guest_order):
    assert other_customer.get(f"/v1/orders/{guest_order['id']}").status_code == 404


def test_a_guest_pays_and_cancels_with_the_token(guest, guest_order, token, paid, work):
    path = f"/v1/orders/{guest_order['id']}"
    paid(guest_order, by=guest, **token)

    cancelled = guest.post(f"{path}/cancel", {}, headers=token).json()

    assert (cancelled["status"], cancelled["payment_status"]) == ("cancelled", "refund_pending")
    assert guest.get(f"{path}/refunds", headers=token).json()["data"][0]["amount"] == 1000


def test_a_guest_has_no_list_of_orders(guest, token):
    assert guest.get("/v1/orders", headers=token).status_code == 401


def test_a_guest_says_where_to_write_to(guest, product):
    answer = guest.command("/v1/orders", basket((product, 1)))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/email")


@pytest.mark.parametrize("email", ["", None, "guest", "gäst@", 5])
def test_that_is_an_address(guest, product, email):
    answer = guest.command("/v1/orders", basket((product, 1), email=email))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/email")


def test_a_customers_address_is_the_one_of_the_account(customer, product):
    answer = customer.command("/v1/orders", basket((product, 1), email="other@example.com"))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/email")


def test_a_guests_key_is_long_because_it_opens_the_answer(guest, product):
    answer = guest.command("/v1/orders", basket((product, 1), email="guest@example.com"), key="short")

    assert (answer.status_code, Order.objects.exists()) == (400, False)


def test_staff_find_a_guests_order_by_its_address(support, guest_order):
    found = support.get("/v1/orders?email=GUEST@example.com").json()["data"]

    assert [order["id"] for order in found] == [guest_order["id"]]


def test_each_guest_is_another(guest_order, product):
    second = client_of().command("/v1/orders", basket((product, 1), email="guest@example.com")).json()

    assert second["guest_token"] != guest_order["guest_token"]


def claim(customer, order, *, token=None, **headers):
    body = {"guest_token": token} if token else {}
    return customer.post(f"/v1/orders/{order['id']}/claim", body, headers=headers)


@pytest.mark.parametrize("place", ["header", "body"])
def test_a_customer_claims_an_order_with_its_token(customer, guest, guest_order, token, place, shown):
    given = token if place == "header" else {}

    answer = claim(customer, guest_order, token="" if given else guest_order["guest_token"], **given)

    claimed = answer.json()
    assert (answer.status_code, claimed["customer_id"]) == (200, shown(guest_order)["customer_id"])
    assert claimed["customer_id"].startswith("usr_")
    assert guest.get(f"/v1/orders/{guest_order['id']}", headers=token).status_code == 404
    assert [order["id"] for order in customer.get("/v1/orders").json()["data"]] == [guest_order["id"]]


def test_claiming_twice_is_claiming_once(customer, guest_order, token, announced):
    first, second = (claim(customer, guest_order, **token) for _ in range(2))

    assert (second.status_code, second.json()) == (200, first.json())
    assert announced(guest_order["id"]) == ["order.placed", "order.claimed"]


def test_what_somebody_has_claimed_is_not_there_for_another(customer, other_customer, guest_order, token):
    claim(customer, guest_order, **token)

    assert claim(other_customer, guest_order, **token).status_code == 404


@pytest.mark.parametrize("given", ["", "x" * 43])
def test_nothing_is_claimed_without_its_token(customer, guest_order, given):
    assert claim(customer, guest_order, token=given).status_code == 404


def test_a_customers_order_is_not_claimed(other_customer, order):
    assert claim(other_customer, order, token="x" * 43).status_code == 404


def test_claiming_needs_somebody_who_claims(guest, guest_order, token):
    assert claim(guest, guest_order, **token).status_code == 401


def test_an_order_that_was_claimed_while_it_is_paid_has_one_payment(
    customer, guest, guest_order, token, payments, tell
):
    path = f"/v1/orders/{guest_order['id']}"
    first = guest.command(f"{path}/pay", **token).json()["payment"]
    claim(customer, guest_order, **token)

    answer = customer.command(f"{path}/pay")
    assert answer.status_code == 200, answer.json()
    again = answer.json()["payment"]
    tell(payments.succeeded(guest_order["id"]))

    assert (again["id"], len(payments.payments)) == (first["id"], 1)
    assert {body["customer_id"] for _, path, _, body in payments.asked if path == "/v1/payments"} == {None}
    assert customer.get(path).json()["status"] == "confirmed"


def test_a_guest_reads_everything_of_the_order(guest, guest_order, token):
    path = f"/v1/orders/{guest_order['id']}"

    answers = [guest.get(f"{path}/{part}", headers=token) for part in ("refunds", "events", "fulfillments")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
