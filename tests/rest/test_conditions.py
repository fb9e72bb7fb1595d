"""Conditions of a request, on a product."""

import pytest

from tests.rest.staff import CUP, as_person

pytestmark = pytest.mark.django_db

FOR_CACHES = ("Cache-Control", "ETag", "Vary")


@pytest.fixture
def admin(api):
    return as_person(api)


@pytest.fixture
def path(admin):
    return f"/v1/products/{admin.post('/v1/products', CUP, format='json').json()['id']}"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_an_unchanged_answer_repeats_the_headers_that_caches_need(admin, path, form):
    first = admin.get(path)

    again = admin.get(path, headers={"If-None-Match": form.format(first["ETag"])})

    assert (again.status_code, again.content) == (304, b"")
    assert [again[name] for name in FOR_CACHES] == [first[name] for name in FOR_CACHES]


def test_a_weak_tag_is_good_for_no_change(admin, path):
    weak = f"W/{admin.get(path)['ETag']}"

    answer = admin.patch(path, {"name": "Mug"}, format="json", headers={"If-Match": weak})

    assert answer.status_code == 412
    assert admin.get(path).json()["name"] == "Cup"


def test_one_of_several_tags_is_enough_for_a_change(admin, path):
    several = f'"99-0000000000000000", {admin.get(path)["ETag"]}'

    answer = admin.patch(path, {"name": "Mug"}, format="json", headers={"If-Match": several})

    assert (answer.status_code, answer.json()["name"]) == (200, "Mug")


@pytest.mark.parametrize("condition", ["If-Match", "If-None-Match"])
def test_what_is_not_there_is_not_there_whatever_the_condition(admin, condition):
    missing = "/v1/products/prd_00000000000000000000000000"

    answers = [admin.get(missing, headers={condition: "*"}), admin.patch(missing, {}, headers={condition: '"1-0"'})]

    assert [answer.status_code for answer in answers] == [404, 404]
