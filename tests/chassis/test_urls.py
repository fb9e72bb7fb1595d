"""Each service's URL space, whole by itself."""

from types import SimpleNamespace

import pytest
from django.urls import Resolver404, get_resolver, resolve, reverse

from chassis.topology import SERVICES
from chassis.urls import service_of, url_space


@pytest.mark.parametrize("service", SERVICES)
def test_a_space_is_a_root_by_itself_under_the_name_of_its_service(service):
    assert reverse(f"{service}:key-set", urlconf=url_space(service)) == f"/services/{service}/jwks.json"


def test_a_space_ends_where_its_service_does():
    with pytest.raises(Resolver404):
        get_resolver(url_space("payments")).resolve("/v1/orders")


def test_an_address_is_the_same_alone_and_beside_others():
    assert reverse("orders:v1:order-list", urlconf=url_space("orders")) == reverse("orders:v1:order-list")


@pytest.mark.parametrize(
    ("address", "service"),
    [("/v1/orders", "orders"), ("/v1/payments", "payments"), ("/services/users/jwks.json", "users"), ("/livez", "")],
)
def test_a_request_is_its_services_by_its_route(address, service):
    assert service_of(SimpleNamespace(resolver_match=resolve(address))) == service


def test_a_request_without_a_route_is_no_services():
    assert service_of(SimpleNamespace(resolver_match=None)) == ""
