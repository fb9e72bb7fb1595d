"""Who is where."""

from dataclasses import FrozenInstanceError

import pytest

from chassis.topology import Topology, topology

SPLIT = Topology(hosted=("orders",), urls={"users": "http://u", "payments": "http://p"}, public_url="http://shop")


def test_a_process_hosts_what_it_hosts():
    assert [SPLIT.hosts(service) for service in ("users", "orders", "payments")] == [False, True, False]


@pytest.mark.parametrize(
    ("transport", "to_itself", "to_others"), [("in_process", "in_process", "http"), ("http", "http", "http")]
)
def test_calls_stay_in_process_unless_the_callee_is_elsewhere_or_the_network_is_forced(transport, to_itself, to_others):
    here = Topology(hosted=("orders",), urls={}, public_url="", transport=transport)

    assert (here.transport_to("orders"), here.transport_to("payments")) == (to_itself, to_others)


def test_a_topology_is_made_once_and_shows_no_secret():
    told = Topology(hosted=(), urls={}, public_url="", secrets={"users": "xyzzy"}, signing_keys={"users": "plugh"})

    assert "xyzzy" not in repr(told)
    assert "plugh" not in repr(told)
    with pytest.raises(FrozenInstanceError):
        told.public_url = "http://elsewhere"


def test_the_topology_of_this_process_is_that_of_its_settings(settings):
    assert topology() is settings.TOPOLOGY
