"""Where a thing is after it was made, and that nothing is made by replacing what is not there."""

import pytest

from tests.rest.staff import CUP, as_person

pytestmark = pytest.mark.django_db

ADDRESS = {"recipient": "R", "line1": "1 Street", "city": "Leeds", "postal_code": "LS1 1AA", "country": "GB"}
ANA = {"email": "ana@example.com", "password": "a horse, a battery, a staple", "full_name": "Ana"}


@pytest.fixture
def admin(api):
    return as_person(api)


def created(api, path, body):
    return api.post(path, body, format="json", headers={"Idempotency-Key": "made-for-the-location"})


def is_found(api, answer):
    """Whether the thing that was made is what its address shows."""
    shown = api.get(answer["Location"])
    return (answer.status_code, shown.status_code, shown.json()["id"]) == (201, 200, answer.json()["id"])


@pytest.mark.parametrize(("path", "body"), [("/v1/users", ANA), ("/v1/products", CUP)])
def test_what_was_created_is_where_its_location_says(admin, path, body):
    answer = created(admin, path, body)

    assert is_found(admin, answer)


def test_an_order_is_where_its_location_says(admin):
    product = created(admin, "/v1/products", CUP).json()["id"]
    created(admin, f"/v1/products/{product}/stock-movements", {"delta": 1, "reason": "receipt"})
    lines = [{"product_id": product, "quantity": 1}]

    answer = created(admin, "/v1/orders", {"currency": "GBP", "lines": lines, "shipping_address": ADDRESS})

    assert is_found(admin, answer)


def test_replacing_what_is_not_there_makes_nothing(admin):
    missing = "/v1/products/prd_00000000000000000000000000/prices"

    answer = admin.put(missing, {"prices": CUP["prices"]}, format="json", headers={"If-Match": "*"})

    assert answer.status_code == 404
    assert admin.get("/v1/products").json()["data"] == []
