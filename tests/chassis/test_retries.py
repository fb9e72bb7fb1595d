"""How often, and how soon, a call is tried again."""

import pytest

from chassis.retries import LONGEST_SECONDS, RESERVE, RetryBudget, pause


def test_a_hundred_calls_pay_for_twenty_retries_once_the_reserve_is_spent():
    budget, allowed = RetryBudget(0.2), 0
    while budget.spend():
        allowed += 1

    for _ in range(100):
        budget.fill()
        allowed += budget.spend()

    assert allowed == pytest.approx(RESERVE + 20, abs=1)


def test_no_more_is_saved_than_the_reserve():
    budget = RetryBudget(0.5)
    for _ in range(1000):
        budget.fill()

    assert sum(budget.spend() for _ in range(1000)) == RESERVE


def test_pauses_are_random_between_nothing_and_twice_as_much_each_time():
    pauses = {tries: [pause(tries) for _ in range(300)] for tries in (1, 2, 3, 20)}

    assert max(pauses[1]) <= 0.05 < max(pauses[2]) <= 0.1 < max(pauses[3]) <= 0.2
    assert max(pauses[20]) <= LONGEST_SECONDS
    assert all(min(found) < max(found) / 4 for found in pauses.values())


def test_nobody_comes_back_before_they_were_asked_to():
    assert pause(1, at_least=7) == 7
