"""Two versions of one shop, asked for in three ways."""

from urllib.parse import urlsplit

import pytest

from tests.orders.conftest import ADDRESS

pytestmark = pytest.mark.django_db

FORMATS = ("application/json", "application/msgpack", "application/xml", "text/csv", "text/plain")
WAYS = {
    "path": lambda version, path, format: {"path": f"/v{version}{path}", "headers": {"Accept": format}},
    "accept": lambda version, path, format: {"path": path, "headers": {"Accept": f"{format}; version={version}"}},
    "query": lambda version, path, format: {
        "path": path,
        "query_params": {"version": f"v{version}"},
        "headers": {"Accept": format},
    },
}
MONEY = ("subtotal", "discount_total", "tax_total", "shipping_total", "total", "amount_paid", "amount_refunded")


@pytest.fixture
def basket(product):
    return {"currency": "GBP", "lines": [{"product_id": product.id, "quantity": 3}], "shipping_address": ADDRESS}


@pytest.fixture
def order(customer, basket):
    return customer.command("/v2/orders", basket).json()


@pytest.mark.parametrize("path", ["/orders", "/orders/{id}", "/orders/{id}/refunds", "/products"])
@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("format", FORMATS)
def test_three_ways_to_ask_get_the_same_answer_in_every_format(customer, finance, order, path, version, format):
    client = finance if path.endswith("refunds") else customer

    asked = [client.get(**way(version, path.format(**order), format)) for way in WAYS.values()]

    (status,) = {answer.status_code for answer in asked}
    assert status == (200 if format in formats_of(path) else 406)
    if status == 200:
        assert len({answer.content for answer in asked}) == 1
        assert len({(answer["API-Version"], answer["ETag"], answer["Content-Type"]) for answer in asked}) == 1


def test_each_version_has_a_tag_of_its_own_in_each_format(customer, order):
    path = f"/orders/{order['id']}"

    answers = [
        customer.get(**WAYS["path"](version, path, format)) for version in "12" for format in formats_of("/orders/{id}")
    ]

    tags = {answer["ETag"] for answer in answers}
    assert len(tags) == len(answers) - 1, "only the receipt is the same in both versions"
    assert {answer["Vary"] for answer in answers} == {"Accept, Authorization, Cookie"}


def formats_of(path):
    """What a path of the shop is written in."""
    kinds = {"/orders/{id}": ("text/plain",)}.get(path, ("text/csv",))
    return (*FORMATS[:3], *kinds)


@pytest.mark.parametrize("way", WAYS)
def test_a_command_goes_to_the_version_that_it_asks_for(customer, basket, way):
    asked = WAYS[way]("2", "/orders", "application/json")
    asked["headers"] |= {"Idempotency-Key": f"order-by-{way}"}

    answer = customer.post(data=basket, **asked)

    assert (answer.status_code, answer["API-Version"]) == (201, "v2")
    assert urlsplit(answer["Location"]).path == f"/v2/orders/{answer.json()['id']}"


def test_a_command_is_the_same_whichever_way_its_version_is_named(customer, basket):
    by_path = customer.command("/v2/orders", basket, key="one-key")

    by_header = customer.command("/orders", basket, key="one-key", Accept="application/json; version=2")

    assert by_header["Idempotent-Replayed"] == "true"
    assert by_header.content == by_path.content


def test_a_path_without_a_version_is_told_which_there_are(guest):
    answer = guest.get("/orders")

    assert (answer.status_code, answer.json()["code"]) == (400, "version_required")
    assert answer.json()["supported_versions"] == ["v1", "v2"]


@pytest.mark.parametrize("asked", [{"HTTP_ACCEPT": "application/json;version=3"}, {"query_params": {"version": "x"}}])
def test_a_version_that_is_not_there_is_refused_with_those_that_are(guest, asked):
    answer = guest.get("/products", **asked)

    assert (answer.status_code, answer.json()["code"]) == (400, "unsupported_version")
    assert answer.json()["supported_versions"] == ["v1", "v2"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/v1/products", "application/json; version=2"),
        ("/v1/products?version=2", "*/*"),
        ("/products?version=1", "*/*; version=2"),
    ],
)
def test_contradicting_versions_are_refused(guest, path, accept):
    answer = guest.get(path, HTTP_ACCEPT=accept)

    assert (answer.status_code, answer.json()["code"]) == (400, "contradicting_versions")


def test_ways_that_agree_are_no_contradiction(guest):
    assert guest.get("/v1/products?version=v1", HTTP_ACCEPT="application/json; version=1").status_code == 200


def test_a_page_link_keeps_to_the_version(customer, basket):
    for _ in range(2):
        customer.command("/v2/orders", basket)

    page = customer.get("/orders?limit=1", HTTP_ACCEPT="application/json; version=2").json()

    assert urlsplit(page["next"]).path == "/v2/orders"
    assert customer.get(page["next"]).json()["data"][0]["version"] == 1


def test_an_older_version_says_that_it_will_end(guest):
    answer = guest.get("/v1/products")

    assert answer["Deprecation"].startswith("@")
    assert answer["Sunset"].endswith("GMT")
    assert '/v2/products>; rel="successor-version"' in answer["Link"]
    assert "Deprecation" not in guest.get("/v2/products")


def test_the_newer_version_writes_money_with_its_currency(order):
    assert all(order[name]["currency"] == "GBP" for name in MONEY)
    assert order["total"] == {"amount": 3000, "currency": "GBP"}


def test_the_newer_version_breaks_the_tax_out_of_each_line(order):
    (line,) = order["lines"]

    assert line["net"]["amount"] + line["tax"]["amount"] == line["total"]["amount"] == 3000
    assert line["tax_rate"] == "0.20000"


def test_both_versions_say_the_same_of_one_order(customer, order):
    older = customer.get(f"/v1/orders/{order['id']}").json()

    assert {name: order[name]["amount"] for name in MONEY} == {name: older[name] for name in MONEY}
    assert set(older["allowed_actions"]) == set(order["links"]) & {"pay", "cancel", "refund"}


def test_links_say_what_the_state_allows_and_lead_there(customer, order):
    always = {"self", "fulfillments", "refunds", "events"}
    assert set(order["links"]) == {*always, "pay", "cancel"}
    cancel = order["links"]["cancel"]

    cancelled = customer.command(urlsplit(cancel["href"]).path).json()

    assert cancel["method"] == "POST"
    assert (cancelled["status"], set(cancelled["links"])) == ("cancelled", always)


def test_a_product_links_to_where_it_is_ordered_and_for_staff_to_where_it_is_kept(guest, catalog, product):
    seen = [client.get(f"/v2/products/{product.id}").json()["links"] for client in (guest, catalog)]

    assert [set(links) for links in seen] == [
        {"self", "order"},
        {"self", "order", "prices", "stock_movements"},
    ]


def test_an_expected_total_names_its_currency(customer, basket):
    expected = {"amount": 3000, "currency": "GBP"}

    assert customer.command("/v2/orders", {**basket, "expected_total": expected}).status_code == 201


def test_an_expected_total_in_another_currency_is_refused(customer, basket):
    expected = {"amount": 3000, "currency": "EUR"}

    problem = customer.command("/v2/orders", {**basket, "expected_total": expected}).json()

    assert [error["pointer"] for error in problem["errors"]] == ["/expected_total/currency"]


def test_a_quote_has_the_money_of_its_version(guest, product):
    basket = {"currency": "GBP", "lines": [{"product_id": product.id, "quantity": 3}]}

    older, newer = (guest.command(f"/v{version}/quotes", basket).json() for version in (1, 2))

    assert newer["total"] == {"amount": older["total"], "currency": "GBP"}
    assert newer["lines"][0]["available"] is older["lines"][0]["available"] is True
