"""The lists of orders, byte for byte what the serializers that document them would answer, in every version."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.utils.encoders import JSONEncoder

from apps.orders.api.fulfilling import ShownFulfillment
from apps.orders.api.timelines import BuyersEntry, StaffEntry
from apps.orders.api.v1 import serializers as v1
from apps.orders.api.v2 import serializers as v2
from apps.orders.models import (
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderLine,
    OutboxEvent,
    Price,
    Product,
    RefundRequest,
    StockMovement,
)
from chassis.identifiers import new_id

pytestmark = pytest.mark.django_db(databases=["orders"])
ONCE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
SHAPES = {
    Order: [v1.ShownOrder, v2.ShownOrder],
    Product: [v1.ShownProduct, v2.ShownProduct, v1.StaffProduct, v2.StaffProduct],
    RefundRequest: [v1.ShownRefund, v2.ShownRefund],
    StockMovement: [v2.ShownMovement],
    Fulfillment: [ShownFulfillment],
    OutboxEvent: [StaffEntry, BuyersEntry],
}
FULL = dict.fromkeys(
    ("recipient", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone"), ""
)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
AMOUNTS = st.integers(0, 10**12)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # with zones
RATES = st.decimals(0, 9, places=5)


@pytest.fixture(autouse=True)
def books_balance():
    """These rows are whatever may stand in a column; no books are kept with them."""


def as_bytes(shown):
    return json.dumps(shown, cls=JSONEncoder, ensure_ascii=False).encode()


def assert_equal_bytes(model):
    """Every list of the model, by its projection and by its serializer."""
    for shape in SHAPES[model]:
        rows = list(model.objects.order_by("pk").values(*shape.projection.columns))
        projected = shape.projection.show(rows)
        serialized = shape(model.objects.order_by("pk"), many=True).data

        assert as_bytes(projected) == as_bytes(serialized), shape


@st.composite
def orders(draw):
    """An order in any state, with whatever may stand in its columns; no service would write all of them."""
    total, paid = draw(AMOUNTS), draw(AMOUNTS)
    address = {name: draw(WORDS) for name in ("phone", "country", "postal_code", "city", "line2", "line1")}
    return Order(
        status=draw(st.sampled_from(Order.Status.values)),
        payment_status=draw(st.sampled_from(Order.PAYMENT_STATUSES)),
        customer_id=draw(st.none() | st.just(new_id("usr"))),
        email=draw(st.emails()),
        currency=draw(st.sampled_from(["EUR", "JPY"])),
        **dict.fromkeys(("subtotal", "tax_total", "discount_total", "shipping_total"), draw(AMOUNTS)),
        total=total,
        amount_paid=paid,
        amount_refunded=draw(st.integers(0, paid)),
        shipping_address={**address, "recipient": draw(WORDS), "company": "", "region": "", "phone": None},
        customer_note=draw(WORDS),
        placed_at=draw(MOMENTS),
        expires_at=draw(st.none() | MOMENTS),
        expiring_since=draw(st.none() | MOMENTS),
        confirmed_at=draw(st.none() | MOMENTS),
        cancel_reason=draw(WORDS),
    )


@st.composite
def lines(draw):
    return OrderLine(
        sku=draw(WORDS),
        name=draw(WORDS),
        unit_price=draw(AMOUNTS),
        quantity=draw(st.integers(1, 10**6)),
        tax_rate=draw(RATES),
        tax=draw(AMOUNTS),
        total=draw(AMOUNTS),
    )


@ONCE
@given(orders=st.lists(orders(), min_size=1, max_size=3), lines=st.lists(lines(), max_size=4))
def test_a_list_of_orders_has_the_bytes_of_their_serializers(db, orders, lines):
    Order.objects.all().delete()
    product = Product.objects.get_or_create(sku="one", name="One")[0]
    Order.objects.bulk_create(orders)
    for position, line in enumerate(lines):
        line.order, line.product, line.position = orders[position % len(orders)], product, position
    OrderLine.objects.bulk_create(lines)

    assert_equal_bytes(Order)


@ONCE
@given(
    names=st.lists(WORDS, min_size=1, max_size=3),
    prices=st.lists(st.tuples(st.sampled_from(["EUR", "GBP", "JPY"]), AMOUNTS), unique_by=lambda price: price[0]),
    stock=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    limit=st.none() | st.integers(1, 10**6),
)
def test_a_list_of_products_has_the_bytes_of_their_serializers(db, names, prices, stock, limit):
    Product.objects.all().delete()
    on_hand, reserved = max(stock), min(stock)
    for number, name in enumerate(names):
        status = Product.Status.values[number]
        facts = {"name": name, "status": status, "max_per_order": limit, "on_hand": on_hand, "reserved": reserved}
        product = Product.objects.create(sku=f"{number}", **facts)
        Price.objects.bulk_create(Price(product=product, currency=code, amount=amount) for code, amount in prices)

    assert_equal_bytes(Product)


@ONCE
@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), WORDS), max_size=3))
def test_a_list_of_stock_movements_has_the_bytes_of_its_serializer(db, moved):
    StockMovement.objects.all().delete()
    product = Product.objects.get_or_create(sku="one", name="One")[0]
    for delta, reference in moved:
        StockMovement.objects.create(
            product=product, delta=delta, on_hand_after=abs(delta), reason="receipt", reference=reference, actor="x"
        )

    assert_equal_bytes(StockMovement)


@ONCE
@given(st.lists(st.tuples(AMOUNTS, st.none() | st.just("ref_1"), st.booleans()), max_size=3))
def test_a_list_of_refunds_has_the_bytes_of_its_serializer(db, asked):
    RefundRequest.objects.all().delete()
    order = Order.objects.create(subtotal=1, tax_total=0, total=1, currency="EUR", shipping_address={})
    for amount, refund_id, restock in asked:
        back = [{"restock": restock, "quantity": 1, "line_id": "oli_1"}]
        facts = {"order": order, "amount": amount, "refund_id": refund_id, "lines": back, "payment_id": "pay_1"}
        RefundRequest.objects.create(**facts, currency="EUR", reason="other")

    assert_equal_bytes(RefundRequest)


@ONCE
@given(st.lists(st.tuples(WORDS, st.none() | MOMENTS, st.integers(1, 10**6)), max_size=3))
def test_a_list_of_fulfillments_has_the_bytes_of_its_serializer(db, sent):
    Fulfillment.objects.all().delete()
    order = Order.objects.create(subtotal=1, tax_total=0, total=1, currency="EUR", shipping_address={})
    product = Product.objects.get_or_create(sku="one", name="One")[0]
    facts = {"sku": "one", "name": "One", "unit_price": 1, "tax": 0, "total": 1, "position": 1, "tax_rate": 0}
    line = OrderLine.objects.create(order=order, product=product, quantity=1, **facts)
    for carrier, moment, quantity in sent:
        made = Fulfillment.objects.create(order=order, carrier=carrier, shipped_at=moment)
        FulfillmentLine.objects.create(fulfillment=made, line=line, quantity=quantity)

    assert_equal_bytes(Fulfillment)


@ONCE
@given(st.lists(st.tuples(st.sampled_from(["order.placed", "refund_request.created"]), WORDS, MOMENTS), max_size=3))
def test_a_timeline_has_the_bytes_of_its_serializer(db, told):
    OutboxEvent.objects.all().delete()
    for number, (type, actor, moment) in enumerate(told):
        data = {"order_id": "ord_1", "amount": number, "actor": actor}
        OutboxEvent.objects.create(stream="ord_1", number=number, type=type, data=data, occurred_at=moment)

    assert_equal_bytes(OutboxEvent)


@pytest.mark.parametrize("rate", ["0", "0.2", "0.07125", "1E-5"])
def test_a_rate_has_five_decimals(rate):
    order = Order.objects.create(subtotal=1, tax_total=0, total=1, currency="EUR", shipping_address=FULL)
    product = Product.objects.create(sku="one", name="One")
    facts = {"sku": "one", "name": "One", "unit_price": 1, "quantity": 1, "tax": 0, "total": 1, "position": 1}
    OrderLine.objects.create(order=order, product=product, tax_rate=Decimal(rate), **facts)

    assert_equal_bytes(Order)
