"""Who may do what, by who is asking and what their token says."""

from types import SimpleNamespace

import pytest
from rest_framework.permissions import BasePermission

from chassis.callers import NOBODY, Caller
from chassis.permissions import Anyone, InPerson, People, Programs, by_method, scope, service

READS = frozenset({"orders:read"})
CALLERS = {
    "nobody": NOBODY,
    "person": Caller(id="usr_1", kind="user"),
    "reader": Caller(id="usr_2", kind="user", scopes=READS),
    "program": Caller(id="cli_1", kind="client", client_id="cli_1", scopes=READS),
    "assistant": Caller(id="usr_1", kind="user", client_id="key_1", on_behalf_of="usr_1"),
    "orders": Caller(id="service:orders", kind="service", scopes=READS),
    "users": Caller(id="service:users", kind="service"),
    "payer": Caller(id="payer:pay_1", kind="payer", scopes=frozenset({"payment:pay"})),
}


def let_in(permission, method="GET"):
    """Those whom a permission lets in."""
    request = {name: SimpleNamespace(user=caller, method=method) for name, caller in CALLERS.items()}
    return {name for name in CALLERS if permission().has_permission(request[name], None)}


@pytest.mark.parametrize(
    ("permission", "who"),
    [
        (Anyone, set(CALLERS)),
        (People, {"person", "reader", "assistant"}),
        (InPerson, {"person", "reader"}),
        (Programs, {"program"}),
        (scope("orders:read"), {"reader", "program"}),
        (scope("orders"), set()),
        (scope("payment:pay"), set()),
        (service("orders", scope="orders:read"), {"orders"}),
        (service("orders", "users", scope="orders:read"), {"orders"}),
        (service("payments", scope="orders:read"), set()),
        (scope("orders:read") | service("orders", scope="orders:read"), {"reader", "program", "orders"}),
        (People & scope("orders:read"), {"reader"}),
    ],
)
def test_a_permission_lets_in_those_it_names_and_nobody_else(permission, who):
    assert let_in(permission) == who


@pytest.mark.parametrize(
    ("method", "who"),
    [
        ("GET", {"person", "reader", "assistant"}),
        ("HEAD", {"person", "reader", "assistant"}),
        ("POST", {"reader", "program"}),
        ("OPTIONS", set(CALLERS)),
    ],
)
def test_each_method_may_have_a_permission_of_its_own(method, who):
    assert let_in(by_method(get=People, post=scope("orders:read")), method) == who


def test_a_composed_permission_may_be_one_methods_own():
    either = by_method(post=scope("orders:read") | service("orders", scope="orders:read"))

    assert let_in(either, "POST") == {"reader", "program", "orders"}
    assert issubclass(either, BasePermission)
