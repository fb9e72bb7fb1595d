"""Chaos finds what is lost, finds nothing else, and finds it again with the same seed."""

import pytest

from tests.chaos.__main__ import planted
from tests.chaos.plants import PLANTS
from tests.chaos.trials import PLACES, Trial

pytestmark = pytest.mark.timeout(900)
SEED = 7


def test_a_few_deaths_lose_nothing():
    outcome = Trial(PLACES[0], SEED, 6, 15).hold()

    assert outcome.violations == []
    assert outcome.kills > 0
    assert min(outcome.counts.values()) > 0


@pytest.mark.prove
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_bug_is_found_and_found_again(plant):
    outcomes = [planted(plant, SEED).hold() for _ in range(2)]

    assert all(outcome.violations for outcome in outcomes)
