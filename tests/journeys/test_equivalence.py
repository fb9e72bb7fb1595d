"""The central promise, for the two of eighteen that differ most; `make equivalence` has all, and planted faults."""

import pytest

from tests.equivalence.__main__ import compare
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES


@pytest.mark.timeout(240)
def test_whatever_one_topology_does_every_topology_does():
    comparison = compare([(ONE_PROCESS, "sqlite"), (THREE_PROCESSES, "postgresql")])

    assert comparison.differences == 0
    assert comparison.requests >= 450
