"""What is put aside, sent and delivered of an order: never more than is left, and out of the stock once."""

import pytest

from apps.orders.models import Fulfillment, Mail, Order, Product, Reservation, StockMovement

pytestmark = pytest.mark.django_db

PARCEL = {"carrier": "Posten", "tracking_number": "NO 1", "tracking_url": "https://posten.example/1"}


@pytest.fixture
def fulfilment(staff):
    return staff("fulfilment")


@pytest.fixture
def aside(fulfilment):
    """Puts units of lines aside: `aside(order, 2)` of the first, or `aside(order, (line, 1), (line, 2))`."""

    def put(order, *lines, by=fulfilment, key=""):
        pairs = [(order["lines"][0], quantity) if isinstance(quantity, int) else quantity for quantity in lines]
        wanted = [{"line_id": line["id"], "quantity": quantity} for line, quantity in pairs]
        return by.command(f"/v1/orders/{order['id']}/fulfillments", {"lines": wanted}, key=key)

    return put


@pytest.fixture
def tell_of(fulfilment):
    """Says what became of a fulfilment: `tell_of(made, "ship", **PARCEL)`."""

    def told(made, verb, by=fulfilment, **body):
        return by.command(f"/v1/orders/{made['order_id']}/fulfillments/{made['id']}/{verb}", body)

    return told


@pytest.fixture
def sent(aside, tell_of):
    """Puts units aside and ships them."""

    def send(order, *lines):
        made = aside(order, *lines).json()
        answer = tell_of(made, "ship", **PARCEL)
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return send


@pytest.fixture
def refund(finance):
    def asked(order, quantity, *, restock=False):
        lines = [{"line_id": order["lines"][0]["id"], "quantity": quantity, "restock": restock}]
        return finance.command(f"/v1/orders/{order['id']}/refunds", {"lines": lines})

    return asked


def stock(product):
    row = Product.objects.get(pk=product.pk)
    return row.on_hand, row.reserved


def test_what_is_put_aside_stays_held(aside, paid_order, shown, product, fulfilment):
    answer = aside(paid_order, 2)

    made = answer.json()
    assert (answer.status_code, made["status"], made["shipped_at"]) == (201, "pending", None)
    assert made["lines"] == [{"line_id": paid_order["lines"][0]["id"], "quantity": 2}]
    assert answer.headers["Location"].endswith(f"/v1/orders/{paid_order['id']}/fulfillments/{made['id']}")
    assert fulfilment.get(f"/v1/orders/{paid_order['id']}/fulfillments/{made['id']}").json() == made
    assert (shown(paid_order)["fulfillment_status"], stock(product)) == ("unfulfilled", (10, 2))


def test_what_is_shipped_leaves_the_stock_once(aside, tell_of, paid_order, shown, product, announced):
    made = aside(paid_order, 2).json()

    first, second = (tell_of(made, "ship", **PARCEL) for _ in range(2))

    order, movement = shown(paid_order), StockMovement.objects.get(reason="sale")
    assert (first.json(), first.json()["status"]) == (second.json(), "shipped")
    assert {name: first.json()[name] for name in PARCEL} == PARCEL
    assert (order["fulfillment_status"], order["lines"][0]["quantity_fulfilled"]) == ("fulfilled", 2)
    assert (stock(product), movement.delta, movement.on_hand_after, movement.reference) == ((8, 0), -2, 8, made["id"])
    assert Reservation.objects.get().status == "consumed"
    assert announced(order["id"])[-1] == "fulfillment.shipped"
    assert Mail.objects.filter(kind="shipped").count() == 1


def test_an_order_is_sent_in_parts_and_is_complete_when_all_have_arrived(
    sent, tell_of, paid_order, shown, product, announced
):
    first = sent(paid_order, 1)
    partly = shown(paid_order)
    second = sent(paid_order, 1)

    tell_of(first, "deliver"), tell_of(first, "deliver")
    waiting = shown(paid_order)
    tell_of(second, "deliver")

    order = shown(paid_order)
    assert (partly["fulfillment_status"], partly["status"]) == ("partially_fulfilled", "confirmed")
    assert (waiting["fulfillment_status"], waiting["status"]) == ("fulfilled", "confirmed")
    assert (order["status"], order["allowed_actions"]) == ("completed", ["refund"])
    assert Order.objects.get().completed_at
    assert announced(order["id"])[-2:] == ["fulfillment.delivered", "order.completed"]
    assert stock(product) == (8, 0)


@pytest.mark.parametrize("quantities", [(3,), (1, 2), (2, 1)])
def test_no_more_is_put_aside_than_was_ordered(aside, paid_order, quantities):
    *before, last = quantities
    for quantity in before:
        aside(paid_order, quantity)

    answer = aside(paid_order, last)

    assert (answer.status_code, answer.json()["code"]) == (422, "quantity_exceeds_ordered")
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/quantity"
    assert Fulfillment.objects.count() == len(before)


def test_a_line_that_stands_twice_is_counted_once(aside, paid_order):
    line = paid_order["lines"][0]

    assert aside(paid_order, (line, 1), (line, 2)).status_code == 422
    assert aside(paid_order, (line, 1), (line, 1)).json()["lines"] == [{"line_id": line["id"], "quantity": 2}]


def test_a_line_of_another_order_is_not_put_aside(aside, paid_order, placed, product):
    other = placed((product, 1))["lines"][0]

    answer = aside(paid_order, (paid_order["lines"][0], 1), (other, 1))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/lines/1/line_id")


def test_nothing_is_put_aside_of_what_is_not_paid(aside, order):
    answer = aside(order, 1)

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
    assert answer.json()["current_status"] == "pending_payment"


def test_what_costs_nothing_is_sent_at_once(sent, tell_of, placed, stocked, shown):
    order = placed((stocked(price=0), 1))

    tell_of(sent(order, 1), "deliver")

    assert shown(order)["status"] == "completed"


def test_putting_aside_needs_a_key_and_is_done_once(aside, paid_order, fulfilment):
    first, second = (aside(paid_order, 1, key="one") for _ in range(2))

    assert first.json() == second.json()
    assert fulfilment.post(f"/v1/orders/{paid_order['id']}/fulfillments", {}).json()["code"] == (
        "idempotency_key_required"
    )


def test_what_is_given_up_can_be_put_aside_anew(aside, tell_of, paid_order, product, announced):
    made = aside(paid_order, 2).json()

    first, second = tell_of(made, "cancel"), tell_of(made, "cancel")

    assert first.json() == second.json()
    assert (first.json()["status"], stock(product)) == ("cancelled", (10, 2))
    assert announced(paid_order["id"]).count("fulfillment.cancelled") == 1
    assert aside(paid_order, 2).status_code == 201


@pytest.mark.parametrize(
    ("done", "verb"),
    [
        ((), "deliver"),
        (("ship",), "cancel"),
        (("ship", "deliver"), "ship"),
        (("cancel",), "ship"),
        (("cancel",), "deliver"),
    ],
)
def test_what_cannot_be_any_more_is_refused(aside, tell_of, paid_order, done, verb):
    made = aside(paid_order, 1).json()
    for step in done:
        tell_of(made, step)

    answer = tell_of(made, verb)

    assert (answer.status_code, answer.json()["code"], answer.json()["requested"]) == (409, "invalid_state", verb)


@pytest.mark.parametrize("url", ["http://posten.example", "https://", "posten", "https://a b", "javascript:1", 5])
def test_a_parcel_is_followed_by_https(aside, tell_of, paid_order, url):
    answer = tell_of(aside(paid_order, 1).json(), "ship", tracking_url=url)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/tracking_url")


def test_an_order_that_was_sent_in_part_is_not_cancelled(sent, customer, paid_order, shown, product):
    sent(paid_order, 1)

    answer = customer.post(f"/v1/orders/{paid_order['id']}/cancel", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
    assert (shown(paid_order)["status"], answer.json()["allowed_actions"]) == ("confirmed", ["refund"])
    assert stock(product) == (9, 1)


def test_cancelling_an_order_gives_up_what_is_put_aside(aside, tell_of, customer, paid_order, product):
    made = aside(paid_order, 1).json()

    customer.post(f"/v1/orders/{paid_order['id']}/cancel", {})

    assert (Fulfillment.objects.get().status, stock(product)) == ("cancelled", (10, 0))
    assert tell_of(made, "ship").status_code == 409


def test_refunding_what_is_put_aside_ends_that(aside, refund, paid_order, product):
    aside(paid_order, 1), aside(paid_order, 1)

    refund(paid_order, 1)

    assert sorted(Fulfillment.objects.values_list("status", flat=True)) == ["cancelled", "pending"]
    assert stock(product) == (10, 1)
    assert aside(paid_order, 1).status_code == 422


def test_what_was_sent_comes_back_where_it_is_restocked(sent, refund, paid_order, shown, product):
    sent(paid_order, 2)

    refund(paid_order, 1, restock=True)

    movement = StockMovement.objects.get(reason="return")
    assert (stock(product), movement.delta, movement.on_hand_after) == ((9, 0), 1, 9)
    assert shown(paid_order)["fulfillment_status"] == "partially_returned"
    refund(paid_order, 1, restock=True)
    assert (stock(product), shown(paid_order)["fulfillment_status"]) == ((10, 0), "returned")


def test_what_was_sent_stays_away_where_it_is_not(sent, refund, paid_order, product):
    sent(paid_order, 2)

    refund(paid_order, 2)

    assert stock(product) == (8, 0)


def test_of_a_line_sent_in_part_it_is_the_rest_that_is_refunded(sent, refund, paid_order, aside, shown, product):
    sent(paid_order, 1)

    refund(paid_order, 1)

    assert (stock(product), shown(paid_order)["fulfillment_status"]) == ((9, 0), "fulfilled")
    assert aside(paid_order, 1).status_code == 422


def test_an_order_of_which_the_rest_is_refunded_is_complete(sent, tell_of, refund, paid_order, shown):
    tell_of(sent(paid_order, 1), "deliver")

    refund(paid_order, 1)

    assert shown(paid_order)["status"] == "completed"


def test_staff_complete_what_is_sent(sent, fulfilment, customer, paid_order, shown):
    path = f"/v1/orders/{paid_order['id']}/complete"
    sent(paid_order, 1)
    too_early = fulfilment.command(path)
    sent(paid_order, 1)

    first, second = fulfilment.command(path), fulfilment.command(path)

    assert (too_early.status_code, too_early.json()["requested"]) == (409, "complete")
    assert (first.json()["status"], first.json()) == ("completed", second.json())
    assert customer.command(path).status_code == 403


def test_customers_read_how_their_order_travels(sent, customer, paid_order):
    made = sent(paid_order, 1)

    assert customer.get(f"/v2/orders/{paid_order['id']}/fulfillments").json()["data"] == [made]


@pytest.mark.parametrize("role", ["support", "finance", "catalog"])
def test_only_those_who_send_things_say_so(aside, staff, paid_order, role):
    assert aside(paid_order, 1, by=staff(role)).status_code == 403


def test_a_large_order_is_sent_in_few_queries(
    aside, tell_of, placed, paid, many_stocked, django_assert_max_num_queries
):
    order = paid(placed(*((product, 2) for product in many_stocked(100))))
    lines = [(line, 2) for line in order["lines"]]

    with django_assert_max_num_queries(60, using="orders"):
        made = aside(order, *lines).json()
        assert tell_of(made, "ship").status_code == 200


def test_two_parcels_of_the_same_units_at_once_are_one(aside, paid_order):
    assert [aside(paid_order, 2).status_code for _ in range(2)] == [201, 422]
