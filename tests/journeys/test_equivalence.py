"""The central promise, by half of the script, for the two of eighteen that differ most; `make equivalence` has all."""

import pytest

from tests.equivalence.__main__ import compare
from tests.equivalence.themes import DAILY
from tests.topologies.shapes import ONE_PROCESS, THREE_PROCESSES


@pytest.mark.timeout(600)
def test_whatever_one_topology_does_every_topology_does():
    comparison = compare([(ONE_PROCESS, "sqlite"), (THREE_PROCESSES, "postgresql")], DAILY)

    assert comparison.differences == 0
    assert comparison.requests >= 300
