"""Shops that run for real, as they are deployed: gunicorn, workers, and the gateway where there are several."""

import pytest

from tests.topologies.running import production, running
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES

BOTH = [pytest.param(ONE_PROCESS, id="one"), pytest.param(THREE_PROCESSES, id="three", marks=pytest.mark.prove)]


@pytest.fixture(scope="module", params=BOTH)
def shop(request):
    """The product in one process, and to prove it in three; the tests of a module share it."""
    with running(request.param, serve=production) as shop:
        yield shop
