"""The whole process, whose services call one another by either transport."""

import pytest

from chassis.topology import SERVICES
from tests.chassis.processes import forget_topology, reachable, served


@pytest.fixture(params=["in_process", "http"])
def shop(request, settings):
    """All three services as they are; what a test says of a client, it says of both transports."""
    if request.param == "in_process":
        forget_topology()
        yield
    else:
        with served() as url:
            reachable(settings, transport="http", urls=dict.fromkeys(SERVICES, url))
            yield
    forget_topology()
