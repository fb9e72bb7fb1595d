"""What matters to a client is found out by asking it, whatever it does with the answer."""

import pytest

from chassis.calls import Neighbour
from tests.contracts.asking import ASKINGS
from tests.contracts.recording import NotReadable, record

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
LINE = {"type": "object", "properties": {"sku": TEXT, "quantity": NUMBER}, "required": ["sku", "quantity"]}
ORDER = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "note": {"type": ["string", "null"]},
        "is_paid": {"type": "boolean"},
        "lines": {"type": "array", "items": LINE},
    },
    "required": ["id", "note", "is_paid", "lines"],
}


def answer(schema):
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}


DOCUMENTS = {
    "orders-v1": {
        "components": {"schemas": {}},
        "paths": {
            "/v1/orders/{id}": {"get": {"responses": {"200": answer(ORDER), "304": {}, "404": answer({})}}},
            "/v1/orders/latest": {"get": {"responses": {"200": answer(LINE)}}},
            "/v1/orders": {"post": {"responses": {"200": answer(ORDER), "201": answer(LINE)}}},
        },
    }
}


@pytest.fixture
def recorded(monkeypatch):
    """What is recorded of a method that does this with orders."""

    def recorded(*doing):
        orders = Neighbour("payments", "orders")
        monkeypatch.setitem(ASKINGS, "Orders.do", tuple(lambda do=do: do(orders) for do in doing))
        return record("Orders.do", DOCUMENTS)

    return recorded


def got(orders):
    return orders.get("/v1/orders/ord_1").json


def reads(recording):
    return recording[0]["reads"]["200"]


def test_what_it_cannot_do_without_it_needs(recorded):
    assert reads(recorded(lambda orders: got(orders)["id"])) == {"needs": {"id": "string"}}


def test_what_it_takes_where_it_is_there_it_uses(recorded):
    assert reads(recorded(lambda orders: got(orders).get("is_paid", False))) == {"uses": {"is_paid": "boolean"}}


def test_what_it_hands_on_whole_it_uses_whole(recorded):
    uses = {"id": "string", "note": "null or string", "is_paid": "boolean", "lines": "array"}

    assert reads(recorded(got)) == {"uses": {**uses, "lines[].sku": "string", "lines[].quantity": "integer"}}


def test_it_may_look_into_lists(recorded):
    needs = {"lines": "array", "lines[].quantity": "integer"}

    assert reads(recorded(lambda orders: sum(line["quantity"] for line in got(orders)["lines"]))) == {"needs": needs}


def test_what_it_does_not_look_at_does_not_matter(recorded):
    assert reads(recorded(lambda orders: len(got(orders)) and None)) == {}


def test_every_answer_is_tried_and_everything_sent_is_kept(recorded):
    def place(orders, body):
        return orders.post("/v1/orders", body, idempotency_key="key").json.get("quantity")

    (one,) = recorded(lambda orders: place(orders, {"a": 1}), lambda orders: place(orders, {"b": 2}))

    assert (one["operation"], one["document"]) == ("POST /v1/orders", "orders-v1")
    assert one["reads"] == {"200": {}, "201": {"uses": {"quantity": "integer"}}}
    assert [sent["body"] for sent in one["sends"]] == [{"a": 1}, {"b": 2}]
    assert one["sends"][0]["headers"] == ["Authorization", "Content-Type", "Idempotency-Key"]


def test_ways_of_asking_are_put_together(recorded):
    recording = recorded(lambda orders: got(orders)["id"], lambda orders: got(orders)["is_paid"])

    assert reads(recording) == {"needs": {"id": "string", "is_paid": "boolean"}}


def test_a_method_may_ask_for_more_than_one_thing(recorded):
    def look(orders):
        return got(orders)["id"], orders.get("/v1/orders/latest", status="paid").json["sku"]

    first, second = recorded(look)

    assert [first["operation"], second["operation"]] == ["GET /v1/orders/{id}", "GET /v1/orders/latest"]
    assert second["reads"] == {"200": {"needs": {"sku": "string"}}}
    assert second["sends"] == [{"headers": ["Authorization"], "query": {"status": "paid"}}]


def test_it_must_be_able_to_read_what_is_documented(recorded):
    with pytest.raises(NotReadable, match=r"^Orders.do cannot read GET /v1/orders/\{id\} 200: 'total'$"):
        recorded(lambda orders: got(orders)["total"])


def test_it_must_be_able_to_read_null_where_that_may_be(recorded):
    with pytest.raises(NotReadable, match="200 with null as note: "):
        recorded(lambda orders: got(orders)["note"].upper())


def test_it_asks_for_nothing_that_is_not_documented(recorded):
    with pytest.raises(LookupError, match=r"^Orders.do asks for nothing that is documented: .* GET /v1/carts$"):
        recorded(lambda orders: orders.get("/v1/carts"))
