"""The one table of routes, and the check that every service keeps to its part of it."""

import re
from dataclasses import replace

import pytest
from django.core.checks import run_checks
from django.http import HttpResponse
from django.urls import include, path, re_path

from chassis.topology import SERVICES
from chassis.urls import url_space
from config.checks import every_route_is_its_services_own, routes
from config.routes import owner, public_patterns

VERSIONED = {
    "users": ["users", "tokens", "roles", "services/users"],
    "orders": ["products", "quotes", "orders", "services/orders"],
    "payments": [
        "payments",
        "refunds",
        "providers",
        "webhooks/stripe",
        "webhooks/sandbox",
        "sandbox",
        "services/payments",
    ],
}
UNVERSIONED = {
    "users": ["/oauth/token", "/.well-known/jwks.json", "/admin/", "/admin", "/static/admin/css/base.css", "/session"],
    **{service: [] for service in ("orders", "payments")},
}
OWN = ["/services/{}/readyz", "/services/{}/jwks.json", "/internal/{}/v1/announcements"]
DOCUMENTS = ["/openapi/{}/v1.json", "/openapi/{}/v1.yaml", "/openapi/{}/v2.json"]
ROWS = [
    (address, service)
    for service in SERVICES
    for address in [
        *(f"{before}/{name}" for name in VERSIONED[service] for before in ("/v1", "/v2", "/v12", "")),
        *(f"/v1/{name}/x/y" for name in VERSIONED[service]),
        *UNVERSIONED[service],
        *(form.format(service) for form in (*OWN, *DOCUMENTS)),
    ]
]


@pytest.fixture
def orders_with(settings):
    """Gives orders these routes instead of its own."""

    def mount(*patterns):
        spaces = {**settings.TOPOLOGY.url_spaces, "orders": [*patterns]}
        settings.TOPOLOGY = replace(settings.TOPOLOGY, url_spaces=spaces)
        url_space.cache_clear()

    yield mount
    url_space.cache_clear()


def answer(request):
    return HttpResponse()


@pytest.mark.parametrize(("address", "service"), ROWS)
def test_an_address_belongs_to_the_service_that_the_table_names(address, service):
    assert owner(address) == service


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/livez", "/readyz", "/metrics", "/docs", "/docs/users", "/problems", "/problems/not-found"),
        *("/v1", "/v1/", "/v1/ordersx", "/x/v1/orders", "/V1/orders", "/vx/orders", "/v1/v1/orders", "/v1/gadgets"),
        *(
            "/v1/services/shipping",
            "/v1/session",
            "/v1/oauth",
            "/internal",
            "/internal/orders",
            "/internal/orders/v2/x",
        ),
        *("/v1/webhooks", "/v1/webhooks/other", "/wellxknown/jwks.json", "/xwell-known/jwks.json", "/static/x.css"),
    ],
)
def test_no_service_owns_any_other_address(address):
    assert owner(address) == ""


def test_no_address_is_owned_twice():
    claims = {
        address: [name for name in SERVICES if any(re.match(pattern, address) for pattern in public_patterns(name))]
        for address, _ in ROWS
        if not address.startswith("/internal")
    }

    assert {address: names for address, names in claims.items() if len(names) != 1} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_the_front_door_is_told_of_nothing_internal(service):
    patterns = public_patterns(service)

    assert not [pattern for pattern in patterns if re.match(pattern, f"/internal/{service}/v1/announcements")]


@pytest.mark.parametrize("pattern", [pattern for service in SERVICES for pattern in public_patterns(service)])
def test_a_pattern_is_one_that_re2_reads_too(pattern):
    beyond_re2 = re.compile(r"\(\?[=!<P>(#]|\\[1-9]|\\[ZG]|[*+?}]\+|\(\?>")

    assert not beyond_re2.search(pattern)
    assert (pattern[0], pattern[-1]) == ("^", "$")


def test_our_services_keep_to_the_table():
    assert every_route_is_its_services_own() == []


def test_a_route_that_two_services_claim_is_an_error(orders_with):
    orders_with(path("v1/orders", answer), path("v1/payments/<id>", answer))

    (error,) = [message for message in run_checks() if message.id == "tearline.E001"]

    assert error.is_serious()
    assert error.msg == "orders has the route /v1/payments/x, which the table gives to payments"


def test_a_route_that_the_table_does_not_know_is_an_error(orders_with):
    orders_with(path("v1/", include([path("gadgets", answer), re_path("^orders/(?P<id>.+)$", answer)])))

    (error,) = every_route_is_its_services_own()

    assert error.msg == "orders has the route /v1/gadgets, which the table gives to nobody"


def test_a_nested_route_is_checked_whole(orders_with):
    orders_with(path("v1/", include(([path("orders/<id>/", include([path("lines/<int:line>", answer)]))], "v1"))))

    assert [*routes(url_space("orders"))] == ["/v1/orders/x/lines/x"]
