"""Whose order it is: asked of users, known for a while, and longer while users is down."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from chassis import observations
from chassis.callers import Caller
from chassis.calls import Unavailable
from clients.users import Users
from tests.orders.conftest import basket, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_ana(users, order):
    """Where staff read whose order it is, and users, which knows her."""
    users.knows(order["customer_id"])
    return f"/v2/orders/{order['id']}/customer"


def test_staff_read_whose_order_it_is(support, order, of_ana):
    answer = support.get(of_ana)

    shown = answer.json()
    as_of = datetime.fromisoformat(shown.pop("as_of"))
    assert answer.status_code == 200
    assert shown == {
        "id": order["customer_id"],
        "email": "ana@example.com",
        "full_name": "Ana Ødegård",
        "is_active": True,
        "is_stale": False,
    }
    assert timedelta() <= timezone.now() - as_of < timedelta(seconds=10)


@pytest.mark.parametrize("role", ["support", "fulfilment", "finance", "auditor"])
def test_whoever_reads_all_orders_may_read_whose_they_are(staff, of_ana, role):
    assert staff(role).get(of_ana).status_code == 200


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_customers_may_not_read_it_not_even_of_their_own_orders(customer, users, order, version):
    answer = customer.get(f"/{version}/orders/{order['id']}/customer")

    assert (answer.status_code, answer.json()["code"], users.asked) == (403, "forbidden", [])


def test_nobody_is_asked_who_they_are(guest, of_ana):
    assert guest.get(of_ana).status_code == 401


def test_a_program_that_reads_orders_may(of_ana):
    program = client_of(Caller("cli_1", "client", client_id="cli_1", scopes=frozenset({"orders:read"})))

    assert program.get(of_ana).status_code == 200


def test_an_order_of_a_guest_has_no_customer(support, guest, users, product):
    placed = guest.command("/v2/orders", basket((product, 1), email="guest@example.com"), key="a-guests-key-0123456789")

    answer = support.get(f"/v2/orders/{placed.json()['id']}/customer")

    assert (answer.status_code, answer.json()["code"], users.asked) == (404, "placed_by_guest", [])


def test_of_an_order_that_is_not_there_nobody_is_the_customer(support, users):
    answer = support.get("/v2/orders/ord_00000000000000000000000000/customer")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_account_that_is_no_more_is_not_there(support, users, of_ana, order):
    users.people.clear()

    answer = support.get(of_ana)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_while_users_is_down_who_was_known_is_shown_and_marked(support, users, of_ana, later):
    known = support.get(of_ana).json()
    users.trouble = "down"

    with later(hours=23):
        shown = support.get(of_ana).json()

    assert shown == {**known, "is_stale": True}


def test_while_users_is_down_who_was_never_known_is_a_503(support, users, of_ana):
    users.trouble = "down"

    answer = support.get(of_ana)

    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_a_change_is_shown_as_soon_as_it_is_announced(support, users, of_ana, order, tell):
    support.get(of_ana)

    tell(users.updated(order["customer_id"], full_name="Ana Kovač"))

    assert support.get(of_ana).json()["full_name"] == "Ana Kovač"


@pytest.mark.parametrize("fact", ["user.activated", "user.deactivated"])
def test_whether_an_account_is_open_is_shown_as_soon_as_it_is_announced(support, users, of_ana, order, tell, fact):
    support.get(of_ana)
    told = users.updated(order["customer_id"], is_active=fact == "user.activated")
    told = {**told, "type": fact, "data": {**told["data"], "not_before": 0}}

    tell(told)

    assert support.get(of_ana).json()["is_active"] is (fact == "user.activated")


def test_what_has_not_changed_is_a_304_for_staff_too(support, of_ana):
    tag = support.get(of_ana)["ETag"]

    assert support.get(of_ana, headers={"If-None-Match": tag}).status_code == 304


def test_staff_find_the_way_to_it_on_the_orders_page(support, order, of_ana):
    page = support.get(f"/v2/orders/{order['id']}", headers={"Accept": "text/html"}).content.decode()

    assert of_ana in page


@pytest.mark.django_db(transaction=True)
def test_a_thousand_reads_of_one_customer_are_one_call(users, at_once, monkeypatch):
    users.knows("usr_ana")
    results = []
    monkeypatch.setattr(observations, "read_cached", lambda caller, neighbour, result: results.append(result))

    def fifty_reads():
        return [Users("orders").profile("usr_ana") for _ in range(50)]

    customers = [one for reads in at_once(*[fifty_reads] * 20) for one in reads]

    assert len(customers) == 1000
    assert {customer.full_name for customer in customers} == {"Ana Ødegård"}
    assert len(users.asked) == 1
    assert results.count("miss") == 1
    assert results.count("hit") + results.count("joined") == 999


def test_who_is_read_is_asked_for_again_by_a_worker_before_anybody_has_to_wait(support, users, of_ana, work, later):
    support.get(of_ana)
    support.get(of_ana)

    with later(seconds=50):
        work()
        asked = len(users.asked)
    with later(seconds=100):
        support.get(of_ana)

    assert (asked, len(users.asked)) == (2, 2)


def test_who_was_never_known_is_no_customer_of_a_client(users):
    users.trouble = "down"

    with pytest.raises(Unavailable):
        Users("orders").profile("usr_ana")
