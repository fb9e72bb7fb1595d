"""Ids lead to pages, whichever service has what they name."""

import pytest
from django.test import RequestFactory

from chassis.identifiers import new_id
from chassis.pages import name_of, navigation, page_of


@pytest.mark.parametrize(
    ("prefix", "collection"),
    [
        ("prd", "/v2/products"),
        ("ord", "/v2/orders"),
        ("pay", "/v1/payments"),
        ("usr", "/v1/users"),
        ("ref", "/v1/refunds"),
    ],
)
def test_an_id_leads_to_the_page_of_what_it_names(prefix, collection):
    identifier = new_id(prefix)

    assert page_of(identifier) == f"{collection}/{identifier}"


@pytest.mark.parametrize("text", ["mov_01m82xt57se63tz3sgbg7ma47j", "prd_1", "prd_../../session", "", None, 7])
def test_what_has_no_page_leads_nowhere(text):
    assert page_of(text) == ""


@pytest.mark.parametrize(
    ("view", "name"),
    [
        ("StockMovements", "Stock movements"),
        ("OrderList", "Orders"),
        ("ProductDetail", "Product"),
        ("ProblemPage", "Problem"),
        ("Page", "Page"),
    ],
)
def test_a_page_is_called_as_people_call_what_is_on_it(view, name):
    assert name_of(type(view, (), {})) == name


def test_every_page_leads_to_products_and_orders():
    shown = navigation(RequestFactory().get("/"))

    assert [name for name, _ in shown["navigation"]] == ["Products", "Orders", "Docs", "Problems"]
