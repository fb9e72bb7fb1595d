"""Products: who sees them, who keeps them, and how they are found."""

import pytest

from apps.orders.models import Product
from tests.orders.conftest import person

pytestmark = pytest.mark.django_db

MUG = {"sku": "MUG-1", "name": "A mug", "prices": [{"currency": "GBP", "amount": 1999}]}


@pytest.fixture
def change(catalog):
    """Changes a product that the catalogue's keeper has just read."""

    def changed(product, **changes):
        path = f"/v1/products/{product.id}"
        return catalog.patch(path, changes, headers={"If-Match": catalog.get(path)["ETag"]})

    return changed


def names(answer):
    return [product["name"] for product in answer.json()["data"]]


def test_whoever_keeps_the_catalogue_adds_a_product(catalog, announced):
    answer = catalog.post("/v1/products", {**MUG, "description": "Blå", "max_per_order": 5})

    shown = answer.json()
    assert (answer.status_code, shown["status"], shown["version"]) == (201, "active", 1)
    assert answer["Location"].endswith(f"/v1/products/{shown['id']}")
    assert shown["prices"] == MUG["prices"]
    assert (shown["availability"], shown["on_hand"], shown["available"]) == ("out_of_stock", 0, 0)
    assert announced(shown["id"]) == ["product.created"]


def test_a_sku_is_given_once(catalog, stocked):
    stocked(sku="MUG-1")

    answer = catalog.post("/v1/products", MUG)

    assert (answer.status_code, answer.json()["code"]) == (409, "sku_taken")
    assert Product.objects.count() == 1


def test_a_sku_that_differs_in_case_is_another(catalog, stocked):
    stocked(sku="mug-1")

    answer = catalog.post("/v1/products", {**MUG, "sku": " MUG-1 "})

    assert (answer.status_code, answer.json()["sku"]) == (201, "MUG-1")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"prices": []}, "/prices"),
        ({"prices": [{"currency": "GBP", "amount": -1}]}, "/prices/0/amount"),
        ({"prices": [{"currency": "GBP", "amount": 10**12 + 1}]}, "/prices/0/amount"),
        ({"prices": [{"currency": "GBP", "amount": 19.99}]}, "/prices/0/amount"),
        ({"prices": [{"currency": "gbp", "amount": 1}]}, "/prices/0/currency"),
        ({"prices": [{"currency": "GBP", "amount": 1}, {"currency": "GBP", "amount": 2}]}, "/prices"),
        ({"sku": ""}, "/sku"),
        ({"sku": "x" * 65}, "/sku"),
        ({"name": None}, "/name"),
        ({"max_per_order": 0}, "/max_per_order"),
        ({"status": "sold"}, "/status"),
        ({"on_hand": 5}, "/on_hand"),
    ],
)
def test_a_product_that_makes_no_sense_is_refused_with_a_pointer(catalog, change, pointer):
    answer = catalog.post("/v1/products", {**MUG, **change})

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Product.objects.exists()


def test_a_change_names_the_version_it_is_based_on(catalog, product):
    path = f"/v1/products/{product.id}"

    without = catalog.patch(path, {"name": "A cup"})
    outdated = catalog.patch(path, {"name": "A cup"}, headers={"If-Match": '"9-0000000000000000"'})

    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    assert (outdated.status_code, outdated.json()["current_version"]) == (412, 1)
    assert Product.objects.get().name == "A mug"


def test_a_change_is_the_next_version(change, product, announced):
    answer = change(product, name="A cup", max_per_order=None)

    assert (answer.status_code, answer.json()["name"], answer.json()["version"]) == (200, "A cup", 2)
    assert answer["ETag"].startswith('"2-')
    assert announced(product.id)[-1] == "product.updated"


def test_a_change_is_a_json_merge_patch_too(catalog, product):
    headers = {"If-Match": "*"}

    answer = catalog.patch(
        f"/v1/products/{product.id}", '{"name": "A cup"}', content_type="application/merge-patch+json", headers=headers
    )

    assert (answer.status_code, answer.json()["name"]) == (200, "A cup")


def test_a_change_may_not_take_the_sku_of_another(change, stocked, product):
    stocked(sku="TAKEN")

    answer = change(product, sku="TAKEN")

    assert (answer.status_code, answer.json()["code"]) == (409, "sku_taken")


def test_new_prices_replace_the_old_ones(catalog, product):
    prices = [{"currency": "EUR", "amount": 2399}, {"currency": "NOK", "amount": 24900}]

    answer = catalog.put(f"/v1/products/{product.id}/prices", {"prices": prices}, headers={"If-Match": "*"})

    assert (answer.status_code, answer.json()["prices"], answer.json()["version"]) == (200, prices, 2)


def test_new_prices_name_the_version_they_are_based_on(catalog, product):
    prices = {"prices": [{"currency": "EUR", "amount": 1}]}

    answer = catalog.put(f"/v1/products/{product.id}/prices", prices)

    assert answer.status_code == 428


def test_archiving_takes_a_product_off_sale_once(catalog, customer, product, announced):
    path = f"/v1/products/{product.id}"

    answers = [catalog.delete(path).status_code for _ in range(2)]

    assert answers == [204, 204]
    assert customer.get(path).status_code == 404
    assert catalog.get(path).json()["status"] == "archived"
    assert announced(product.id) == ["product.created", "product.archived"]


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_for_sale_is_hidden_from_customers(customer, guest, catalog, stocked, status):
    path = f"/v1/products/{stocked(status=status).id}"

    assert [client.get(path).status_code for client in (customer, guest, catalog)] == [404, 404, 200]
    assert [names(client.get("/v1/products")) for client in (customer, catalog)] == [[], ["A mug"]]


@pytest.mark.parametrize("method", ["post", "patch", "put", "delete"])
def test_only_who_keeps_the_catalogue_changes_it(customer, guest, support, product, method):
    path = {"post": "/v1/products", "put": f"/v1/products/{product.id}/prices"}.get(
        method, f"/v1/products/{product.id}"
    )

    answers = [getattr(client, method)(path, {}).status_code for client in (guest, customer, support)]

    assert answers == [401, 403, 403]


def test_only_staff_see_how_much_there_is(customer, support, product):
    path = f"/v1/products/{product.id}"

    shown, with_stock = customer.get(path).json(), support.get(path).json()

    assert set(with_stock) - set(shown) == {"on_hand", "reserved", "available"}
    assert (shown["availability"], with_stock["available"]) == ("in_stock", 10)


def test_an_anonymous_answer_may_be_shared_and_a_personal_one_not(customer, guest, product):
    path = f"/v1/products/{product.id}"

    assert guest.get(path)["Cache-Control"].startswith("public")
    assert customer.get(path)["Cache-Control"].startswith("private")


def test_a_product_that_was_read_before_is_not_sent_again(guest, product):
    path = f"/v1/products/{product.id}"

    answer = guest.get(path, headers={"If-None-Match": guest.get(path)["ETag"]})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Plate", "Cup", "Bowl"]),
        ("sku=B-1", ["Bowl"]),
        ("sku=b-1", []),
        ("q=OW", ["Bowl"]),
        ("q=c-1", ["Cup"]),
        ("q=100%25", []),
        ("in_stock=true", ["Plate", "Bowl"]),
        ("in_stock=false", ["Cup"]),
        ("ordering=name", ["Bowl", "Cup", "Plate"]),
        ("ordering=-name", ["Plate", "Cup", "Bowl"]),
        ("ordering=created_at", ["Bowl", "Cup", "Plate"]),
    ],
)
def test_products_are_found_and_ordered(guest, stocked, query, found):
    for name, quantity in (("Bowl", 1), ("Cup", 0), ("Plate", 2)):
        stocked(quantity, sku=f"{name[0]}-1", name=name)

    answer = guest.get(f"/v1/products?{query}")

    assert names(answer) == found


@pytest.mark.parametrize(
    "query", ["crème", "CRÈME", "ΣΟΚΟΛΆΤΑ", "σοκολάτα", "straße", "STRAßE", "100%", "a_b", "a\\\\b"]
)
def test_a_search_finds_letters_of_any_alphabet_whatever_their_case(guest, stocked, query):
    wanted = [stocked(name=name).id for name in ("Crème, Σοκολάτα, Straße, 100% a_b a\\b",)]
    stocked(name="Creme 100 aXb ab")

    found = guest.get("/v1/products", {"q": query.replace("\\\\", "\\")}).json()["data"]

    assert [product["id"] for product in found] == wanted


def test_names_are_ordered_by_their_code_points_whichever_database_keeps_them(guest, stocked):
    expected = ["Zebra", "apple", "zebra", "Äpfel", "äpfel", "日本", "ﬀ", "😀"]
    for name in reversed(expected):
        stocked(name=name)

    assert names(guest.get("/v1/products?ordering=name")) == expected
    assert names(guest.get("/v1/products?ordering=-name")) == expected[::-1]


def test_staff_find_drafts(catalog, stocked):
    stocked(status="draft", name="Soon")
    stocked(name="Now")

    assert names(catalog.get("/v1/products?status=draft")) == ["Soon"]


@pytest.mark.parametrize(
    "query", ["status=draft", "colour=red", "ordering=price", "in_stock=maybe", "limit=0", "limit=101", "cursor=forged"]
)
def test_a_list_is_not_asked_what_it_does_not_know(guest, query):
    answer = guest.get(f"/v1/products?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_walk_through_the_pages_meets_every_product_once(guest, stocked):
    for number in range(5):
        stocked(0, name=f"Mug {number}")

    pages = [guest.get("/v1/products?limit=2&ordering=name")]
    while following := pages[-1].json()["next"]:
        pages.append(guest.get(following))

    assert [names(page) for page in pages] == [["Mug 0", "Mug 1"], ["Mug 2", "Mug 3"], ["Mug 4"]]


def test_a_keeper_without_sight_of_the_stock_changes_what_is_on_sale(stocked):
    keeper, product = person("products:write"), stocked()

    answer = keeper.patch(f"/v1/products/{product.id}", {"name": "A cup"}, headers={"If-Match": "*"})

    assert (answer.status_code, "on_hand" in answer.json()) == (200, False)


def test_a_list_asks_the_database_as_often_however_long_it_is(guest, stocked, django_assert_num_queries):
    for number in range(20):
        stocked(0, name=f"Mug {number}")

    with django_assert_num_queries(2, using="orders"):
        guest.get("/v1/products?limit=20")
