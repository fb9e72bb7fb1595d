"""A gateway for the tests of a module, and one for a test that ends what stands behind it."""

import pytest

from tests.deploy.stand_ins import open_door


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """A gateway that the tests of a module share."""
    with open_door(tmp_path_factory.mktemp("gateway")) as door:
        yield door


@pytest.fixture
def own_door(tmp_path):
    """A gateway of this test alone, whose services it may end."""
    with open_door(tmp_path) as door:
        yield door
